package dev.phyllo.layers;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.phyllo.oci.InvalidException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Zstandard streams. A class of its own so that the native library is loaded when the first zstd
 * layer is seen, and never for others.
 */
final class ZstdStreams {
  private static final int BUFFER = 256 * 1024;

  /** As the zstd command has it: a compromise of speed and size. */
  private static final int LEVEL = 3;

  private ZstdStreams() {}

  static InputStream decompress(InputStream in, String thing) throws IOException {
    // The default window limit (128 MiB) stays: it bounds the memory a hostile frame can ask for.
    return new Reader(new ZstdInputStreamNoFinalizer(new BufferedInputStream(in, BUFFER)), thing);
  }

  static OutputStream compress(OutputStream out) throws IOException {
    // One thread: the number of workers would change the output.
    return new ZstdOutputStreamNoFinalizer(out, LEVEL).setChecksum(true);
  }

  /** Tells a damaged stream from a stream that could not be read. */
  private static final class Reader extends InputStream {
    private final InputStream in;
    private final String thing;
    private long produced;

    Reader(InputStream in, String thing) {
      this.in = in;
      this.thing = thing;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      try {
        int n = in.read(b, off, len);
        produced += Math.max(n, 0);
        return n;
      } catch (ZstdIOException e) {
        String why = e.getMessage();
        throw new InvalidException(
            thing,
            "after "
                + produced
                + " decompressed bytes: truncated or damaged zstd data"
                + (why == null ? "" : ": " + why),
            "",
            e);
      }
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}

package dev.phyllo.oci;

import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A long piece of work while it goes on: a blob that comes in, a layer that becomes files. Who does
 * it asks {@link StepListener#begin} for one and counts the bytes; who listens may draw them.
 *
 * <p>Ended by {@link #done}, or by {@link #present} if there was nothing to do; closed without
 * either, it failed. Bytes may be counted by any thread.
 */
public interface Work extends AutoCloseable {
  /** What happens to the bytes. */
  enum Kind {
    /** A blob comes into the store from an archive, a layout or a registry. */
    RECEIVE,
    /** A layer's archive becomes files; its bytes are those of the blob, compressed as it is. */
    UNPACK,
    /** Files become a layer. */
    PACK,
    /** A blob goes from the store to an archive or a layout. */
    WRITE,
    /** A blob goes to a registry. */
    SEND
  }

  /** The size of work whose size is not known before its end. */
  long UNKNOWN = -1;

  /** Work that nobody watches. */
  Work UNWATCHED =
      new Work() {
        @Override
        public void advance(long bytes) {}

        @Override
        public void done() {}

        @Override
        public void present() {}

        @Override
        public InputStream count(InputStream in) {
          return in;
        }

        @Override
        public OutputStream count(OutputStream out) {
          return out;
        }

        @Override
        public void close() {}
      };

  /** So many more bytes are through. */
  void advance(long bytes);

  /** All of it was done. */
  void done();

  /** What it would have made was there already. */
  void present();

  /** The same stream, whose bytes count as they are read. */
  default InputStream count(InputStream in) {
    return new Counting(in, this);
  }

  /** The same stream, whose bytes count as they are written. */
  default OutputStream count(OutputStream out) {
    return new CountingOut(out, this);
  }

  /** Ends it; failed unless {@link #done} or {@link #present} was called before. */
  @Override
  void close();

  /** Counts what is read through it. */
  final class Counting extends FilterInputStream {
    private final Work work;

    private Counting(InputStream in, Work work) {
      super(in);
      this.work = work;
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      if (b >= 0) {
        work.advance(1);
      }
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = in.read(into, offset, length);
      if (n > 0) {
        work.advance(n);
      }
      return n;
    }

    @Override
    public long skip(long wanted) throws IOException {
      long n = in.skip(wanted);
      work.advance(n);
      return n;
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }

  /** Counts what is written through it. */
  final class CountingOut extends FilterOutputStream {
    private final Work work;

    private CountingOut(OutputStream out, Work work) {
      super(out);
      this.work = work;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
      work.advance(1);
    }

    @Override
    public void write(byte[] from, int offset, int length) throws IOException {
      out.write(from, offset, length);
      work.advance(length);
    }
  }
}

package dev.phyllo.layers;

import dev.phyllo.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;

/** Counts and hashes every byte written through it. Closing it closes the stream below. */
public final class HashingOutputStream extends OutputStream {
  private final OutputStream out;
  private final RunningDigest seen;

  /** Hashes what is written to the stream. */
  public HashingOutputStream(OutputStream out, Digest.Algorithm algorithm) {
    this.out = out;
    this.seen = new RunningDigest(algorithm);
  }

  @Override
  public void write(int b) throws IOException {
    out.write(b);
    seen.update(b);
  }

  @Override
  public void write(byte[] b, int off, int len) throws IOException {
    out.write(b, off, len);
    seen.update(b, off, len);
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** How many bytes were written. */
  public long count() {
    return seen.count();
  }

  /** The digest of all bytes written up to the first call; ask when writing has ended. */
  public Digest digest() {
    return seen.digest();
  }
}

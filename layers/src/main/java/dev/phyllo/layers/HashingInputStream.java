package dev.phyllo.layers;

import dev.phyllo.oci.Digest;
import java.io.IOException;
import java.io.InputStream;

/** Counts and hashes every byte read through it. Closing it closes the stream below. */
public final class HashingInputStream extends InputStream {
  private final InputStream in;
  private final RunningDigest seen;

  /** Hashes what is read from the stream. */
  public HashingInputStream(InputStream in, Digest.Algorithm algorithm) {
    this.in = in;
    this.seen = new RunningDigest(algorithm);
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    if (b >= 0) {
      seen.update(b);
    }
    return b;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    int n = in.read(b, off, len);
    if (n > 0) {
      seen.update(b, off, n);
    }
    return n;
  }

  @Override
  public int available() throws IOException {
    return in.available();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** How many bytes were read. */
  public long count() {
    return seen.count();
  }

  /** The digest of all bytes read up to the first call; ask when reading has ended. */
  public Digest digest() {
    return seen.digest();
  }
}

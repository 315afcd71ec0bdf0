package dev.phyllo.layers;

import dev.phyllo.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Counts and hashes every byte read through it. Closing it closes the stream below. */
public final class HashingInputStream extends InputStream {
  private final InputStream in;
  private final Digest.Algorithm algorithm;
  private final MessageDigest hash;
  private long count;
  private @Nullable Digest digest;

  /** Hashes what is read from the stream. */
  public HashingInputStream(InputStream in, Digest.Algorithm algorithm) {
    this.in = in;
    this.algorithm = algorithm;
    this.hash = algorithm.newMessageDigest();
  }

  @Override
  public int read() throws IOException {
    int b = in.read();
    if (b >= 0) {
      count++;
      hash.update((byte) b);
    }
    return b;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    int n = in.read(b, off, len);
    if (n > 0) {
      count += n;
      hash.update(b, off, n);
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
    return count;
  }

  /** The digest of all bytes read up to the first call; ask when reading has ended. */
  public Digest digest() {
    Digest d = digest;
    if (d == null) {
      d = Digest.of(algorithm, hash.digest());
      digest = d;
    }
    return d;
  }
}

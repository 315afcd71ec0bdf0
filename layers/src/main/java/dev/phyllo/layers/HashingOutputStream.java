package dev.phyllo.layers;

import dev.phyllo.oci.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Counts and hashes every byte written through it. Closing it closes the stream below. */
public final class HashingOutputStream extends OutputStream {
  private final OutputStream out;
  private final Digest.Algorithm algorithm;
  private final MessageDigest hash;
  private long count;
  private @Nullable Digest digest;

  /** Hashes what is written to the stream. */
  public HashingOutputStream(OutputStream out, Digest.Algorithm algorithm) {
    this.out = out;
    this.algorithm = algorithm;
    this.hash = algorithm.newMessageDigest();
  }

  @Override
  public void write(int b) throws IOException {
    out.write(b);
    hash.update((byte) b);
    count++;
  }

  @Override
  public void write(byte[] b, int off, int len) throws IOException {
    out.write(b, off, len);
    hash.update(b, off, len);
    count += len;
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
    return count;
  }

  /** The digest of all bytes written up to the first call; ask when writing has ended. */
  public Digest digest() {
    Digest d = digest;
    if (d == null) {
      d = Digest.of(algorithm, hash.digest());
      digest = d;
    }
    return d;
  }
}

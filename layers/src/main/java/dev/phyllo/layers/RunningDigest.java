package dev.phyllo.layers;

import dev.phyllo.oci.Digest;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** How many bytes went by so far, and which: what both hashing streams keep. */
final class RunningDigest {
  private final Digest.Algorithm algorithm;
  private final MessageDigest hash;
  private long count;
  private @Nullable Digest digest;

  RunningDigest(Digest.Algorithm algorithm) {
    this.algorithm = algorithm;
    this.hash = algorithm.newMessageDigest();
  }

  void update(int b) {
    hash.update((byte) b);
    count++;
  }

  void update(byte[] b, int off, int len) {
    hash.update(b, off, len);
    count += len;
  }

  long count() {
    return count;
  }

  /** The digest of all bytes up to the first call. */
  Digest digest() {
    Digest d = digest;
    if (d == null) {
      d = Digest.of(algorithm, hash.digest());
      digest = d;
    }
    return d;
  }
}

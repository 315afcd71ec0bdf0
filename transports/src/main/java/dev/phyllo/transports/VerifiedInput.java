package dev.phyllo.transports;

import dev.phyllo.layers.HashingInputStream;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A blob verified while it is read: who has seen its end has seen the bytes that its digest stands
 * for, and who reads further than it is long is told.
 */
final class VerifiedInput extends FilterInputStream {
  private final Descriptor descriptor;
  private final HashingInputStream hashed;
  private final Wrong wrong;
  private boolean verified;

  /** What is thrown if it is another blob. */
  @FunctionalInterface
  interface Wrong {
    /**
     * The error.
     *
     * @param why what is wrong, as in {@code "is longer than 7 bytes"}
     */
    CorruptException error(String why);
  }

  private VerifiedInput(HashingInputStream hashed, Descriptor descriptor, Wrong wrong) {
    super(hashed);
    this.descriptor = descriptor;
    this.hashed = hashed;
    this.wrong = wrong;
  }

  /** Verifies a stream. */
  VerifiedInput(InputStream in, Descriptor descriptor, Wrong wrong) {
    this(new HashingInputStream(in, descriptor.digest().algorithm()), descriptor, wrong);
  }

  /**
   * Verifies a stream that comes from elsewhere.
   *
   * @param thing from where, for errors
   */
  VerifiedInput(InputStream in, Descriptor descriptor, String thing) {
    this(
        in,
        descriptor,
        why ->
            new CorruptException(
                thing, "blob " + descriptor.digest() + " " + why, ImageFile.MAKE_AGAIN));
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    int n = in.read(b, off, len);
    if (n > 0 && hashed.count() > descriptor.size()) {
      throw wrong.error("is longer than " + descriptor.size() + " bytes");
    }
    if (n < 0 && !verified) {
      if (hashed.count() < descriptor.size()) {
        throw wrong.error("ends after " + hashed.count() + " of " + descriptor.size() + " bytes");
      }
      if (!hashed.digest().equals(descriptor.digest())) {
        throw wrong.error("has bytes with the digest " + hashed.digest());
      }
      verified = true;
    }
    return n;
  }

  @Override
  public long skip(long n) throws IOException {
    // Every byte has to be hashed.
    byte[] skipped = new byte[Math.clamp(n, 0, 1 << 16)];
    return Math.max(0, read(skipped, 0, skipped.length));
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}

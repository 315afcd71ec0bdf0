package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/**
 * A blob verified while it is read: who has seen its end has seen the bytes that its digest stands
 * for, and who reads further than it is long is told.
 */
final class VerifiedInput extends FilterInputStream {
  private final Descriptor descriptor;
  private final String thing;
  private final MessageDigest hash;
  private long count;
  private boolean verified;

  /**
   * Verifies a stream.
   *
   * @param thing where it comes from, for errors
   */
  VerifiedInput(InputStream in, Descriptor descriptor, String thing) {
    super(in);
    this.descriptor = descriptor;
    this.thing = thing;
    this.hash = descriptor.digest().algorithm().newMessageDigest();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    int n = in.read(b, off, len);
    if (n > 0) {
      hash.update(b, off, n);
      count += n;
      if (count > descriptor.size()) {
        throw wrong("is longer than " + descriptor.size() + " bytes");
      }
    } else if (n < 0 && !verified) {
      if (count < descriptor.size()) {
        throw wrong("ends after " + count + " of " + descriptor.size() + " bytes");
      }
      Digest actual = Digest.of(descriptor.digest().algorithm(), hash.digest());
      if (!actual.equals(descriptor.digest())) {
        throw wrong("has bytes with the digest " + actual);
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

  private CorruptException wrong(String why) {
    return new CorruptException(
        thing, "blob " + descriptor.digest() + " " + why, ImageFile.MAKE_AGAIN);
  }
}

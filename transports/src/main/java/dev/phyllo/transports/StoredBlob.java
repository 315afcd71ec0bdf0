package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/**
 * A blob on its way out of the store, verified while it is read: who has seen its end has seen the
 * bytes that its digest stands for.
 */
final class StoredBlob extends InputStream {
  private final Descriptor descriptor;
  private final InputStream in;
  private final MessageDigest hash;
  private long count;
  private boolean verified;

  private StoredBlob(Descriptor descriptor, InputStream in) {
    this.descriptor = descriptor;
    this.in = in;
    this.hash = descriptor.digest().algorithm().newMessageDigest();
  }

  /**
   * Opens it.
   *
   * @throws dev.phyllo.oci.NotFoundException if it is not in the store
   * @throws CorruptException if it has another length; reading throws the same for other bytes
   */
  static StoredBlob open(ContentStore content, Descriptor d) {
    StoredBlob blob = new StoredBlob(d, content.open(d.digest()));
    long size = content.size(d.digest()).orElse(-1L);
    if (size >= 0 && size != d.size()) {
      try (blob) {
        throw blob.damaged("it is " + size + " bytes long, not " + d.size());
      } catch (IOException e) {
        throw new dev.phyllo.oci.SystemException(d.digest().toString(), e);
      }
    }
    return blob;
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
        throw damaged("it is longer than " + descriptor.size() + " bytes");
      }
    } else if (n < 0 && !verified) {
      if (count < descriptor.size()) {
        throw damaged("it ends after " + count + " of " + descriptor.size() + " bytes");
      }
      Digest actual = Digest.of(descriptor.digest().algorithm(), hash.digest());
      if (!actual.equals(descriptor.digest())) {
        throw damaged("its bytes have the digest " + actual);
      }
      verified = true;
    }
    return n;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private CorruptException damaged(String why) {
    return new CorruptException(
        descriptor.digest().toString(),
        "damaged in the store: " + why + "; nothing was saved",
        "remove the image and load or pull it again");
  }
}

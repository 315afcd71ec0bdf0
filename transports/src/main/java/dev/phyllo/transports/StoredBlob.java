package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;

/** A blob on its way out of the store, verified while it is read. */
final class StoredBlob {
  private StoredBlob() {}

  /**
   * Opens it.
   *
   * @throws dev.phyllo.oci.NotFoundException if it is not in the store
   * @throws CorruptException if it has another length; reading throws the same for other bytes
   */
  static InputStream open(ContentStore content, Descriptor d) {
    InputStream blob = new VerifiedInput(content.open(d.digest()), d, why -> damaged(d, why));
    long size = content.size(d.digest()).orElse(-1L);
    if (size >= 0 && size != d.size()) {
      try (blob) {
        throw damaged(d, "is " + size + " bytes long, not " + d.size());
      } catch (IOException e) {
        throw new SystemException(d.digest().toString(), e);
      }
    }
    return blob;
  }

  private static CorruptException damaged(Descriptor d, String why) {
    return new CorruptException(
        d.digest().toString(),
        "damaged in the store: it " + why + "; nothing was saved",
        "remove the image and load or pull it again");
  }
}

package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.store.Batch;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Image;
import dev.phyllo.store.ImageStore;
import dev.phyllo.store.Partial;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A content store that takes an image under a name; not unpacked. */
public final class StoreDestination implements ImageDestination {
  private final ContentStore content;
  private final ImageStore names;
  private final Reference name;
  private final Batch batch;
  private final List<Image> images = new ArrayList<>();

  /**
   * Begins.
   *
   * @param content where to; under a lease, if anyone may collect garbage meanwhile
   */
  public StoreDestination(ContentStore content, ImageStore names, Reference name) {
    this.content = content;
    this.names = names;
    this.name = name;
    this.batch = content.batch();
  }

  @Override
  public String thing() {
    return name.familiar();
  }

  @Override
  public boolean has(Descriptor blob) {
    return content.has(blob.digest()) && content.size(blob.digest()).orElse(-1L) == blob.size();
  }

  @Override
  public void putBlob(Descriptor blob, BlobContent source) {
    Optional<Partial> resumed = batch.resume(blob);
    if (resumed.isEmpty()) {
      return;
    }
    try (Partial partial = resumed.get()) {
      byte[] buffer = new byte[128 << 10];
      try (InputStream in = source.open(partial.count())) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          partial.write(buffer, 0, n);
        }
        partial.commit();
      } catch (CorruptException e) {
        partial.restart();
        throw e;
      } catch (IOException e) {
        throw new SystemException(blob.digest().toString(), e);
      }
    }
  }

  @Override
  public void putDocument(Descriptor descriptor, byte[] bytes) {
    batch.ingest(descriptor, new ByteArrayInputStream(bytes));
  }

  /** It lives as long as what it refers to. */
  @Override
  public void putReferrer(Descriptor descriptor, byte[] bytes) {
    putDocument(descriptor, bytes);
  }

  @Override
  public void putTagged(String tag, Descriptor descriptor, byte[] bytes) {
    putDocument(descriptor, bytes);
    images.add(new Image(name.withTag(tag).canonical(), plain(descriptor)));
  }

  @Override
  public void commit(Descriptor target, byte[] bytes) {
    if (MediaTypes.isManifest(target.mediaType())
        && !FetchPlan.isImage(Manifest.parse(bytes, target.digest().toString()))) {
      throw new UnsupportedException(
          thing(), "an artifact, not an image: the store names images only", "copy it to oci:DIR");
    }
    putDocument(target, bytes);
    batch.commit();
    images.add(new Image(name.canonical(), plain(target)));
    names.put(images);
  }

  private static Descriptor plain(Descriptor d) {
    Descriptor plain = Descriptor.of(d.mediaType(), d.digest(), d.size());
    return d.platform().map(plain::withPlatform).orElse(plain);
  }

  @Override
  public void close() {
    batch.close();
  }
}

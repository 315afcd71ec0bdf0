package dev.phyllo.transports.registry;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Reference;
import dev.phyllo.transports.BlobContent;
import dev.phyllo.transports.ImageDestination;
import dev.phyllo.transports.ImageSource;

/** A registry that takes an image under a tag or digest. */
public final class RegistryDestination implements ImageDestination {
  private final Repository repository;
  private final Reference reference;

  /**
   * The image of a reference.
   *
   * @param client which is not closed with this
   */
  public RegistryDestination(RegistryClient client, Reference reference) {
    this.repository = client.repository(reference);
    this.reference = reference;
  }

  @Override
  public String thing() {
    return reference.familiar();
  }

  @Override
  public boolean takesSparse() {
    return false;
  }

  @Override
  public boolean has(Descriptor blob) {
    return repository.hasBlob(blob.digest());
  }

  @Override
  public boolean adopt(Descriptor blob, ImageSource from) {
    for (Reference other : from.alsoIn(blob, reference.domain())) {
      if (repository.mount(blob.digest(), other)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void putBlob(Descriptor blob, BlobContent content) {
    repository.upload(blob, content);
  }

  @Override
  public void putDocument(Descriptor descriptor, byte[] bytes) {
    repository.push(descriptor.digest().toString(), descriptor, bytes);
  }

  @Override
  public void putReferrer(Descriptor descriptor, byte[] bytes) {
    putDocument(descriptor, bytes);
  }

  @Override
  public void putTagged(String tag, Descriptor descriptor, byte[] bytes) {
    repository.push(tag, descriptor, bytes);
  }

  @Override
  public void commit(Descriptor target, byte[] bytes) {
    String name =
        reference.tag().isPresent()
            ? reference.tag().get()
            : reference.digest().map(Object::toString).orElse("latest");
    repository.push(name, target, bytes);
  }

  @Override
  public void close() {
    // The client belongs to who opened it.
  }
}

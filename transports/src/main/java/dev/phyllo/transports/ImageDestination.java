package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;

/**
 * A place that takes an image: a registry, a layout, an archive, a directory, a store. The
 * counterpart is {@link ImageSource}; {@link ImageCopy} brings the two together.
 *
 * <p>Blobs come first, then the documents that name them, then {@link #commit}, which makes the
 * image visible. A destination that is closed without that shows nothing new.
 */
public interface ImageDestination extends AutoCloseable {

  /** The place as the user wrote it, for messages. */
  String thing();

  /** Whether the place has a blob already, so that it need not be sent. */
  boolean has(Descriptor blob);

  /**
   * Gets a blob from elsewhere in the place itself, as a registry can from another repository.
   *
   * @return whether the place has it now
   */
  default boolean adopt(Descriptor blob, ImageSource from) {
    return false;
  }

  /**
   * Takes a blob and verifies it.
   *
   * @throws dev.phyllo.oci.CorruptException if the bytes are not the blob; it is not there then
   */
  void putBlob(Descriptor blob, BlobContent content);

  /** Takes a manifest or index that something else refers to, and that has no name of its own. */
  void putDocument(Descriptor descriptor, byte[] bytes);

  /** Takes a manifest or index that refers to another by its subject: a signature, say. */
  void putReferrer(Descriptor descriptor, byte[] bytes);

  /** Takes a manifest under a tag beside the image, as cosign keeps signatures. */
  void putTagged(String tag, Descriptor descriptor, byte[] bytes);

  /** Takes the image's manifest or index, and makes the image visible under its name. */
  void commit(Descriptor target, byte[] bytes);

  /** Whether several blobs may come at the same time, from several threads. */
  default boolean isConcurrent() {
    return true;
  }

  /** Whether an index may name images that the place does not have. */
  default boolean takesSparse() {
    return true;
  }

  /** Ends it; what is not committed is not visible. */
  @Override
  void close();
}

package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Reference;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * One image, or an index of several, in any place that images can be read from: a registry, a
 * layout, an archive, a store. The counterpart is {@link ImageDestination}.
 *
 * <p>Documents (manifests, indexes, configs) are bounded and verified by the source. Blobs come as
 * they are, to be hashed by whoever takes them. Methods other than {@link #close} may be called
 * from several threads.
 */
public interface ImageSource extends AutoCloseable {

  /** The place as the user wrote it, for messages. */
  String thing();

  /**
   * The image's manifest, or the index of several; its media type is never empty.
   *
   * @throws dev.phyllo.oci.NotFoundException if there is no such image
   */
  Descriptor target();

  /**
   * A document, with its digest verified.
   *
   * @throws dev.phyllo.oci.NotFoundException if it is not there
   * @throws dev.phyllo.oci.CorruptException if its bytes are not what the descriptor says
   * @throws dev.phyllo.oci.InvalidException if it is longer than a document may be
   */
  byte[] document(Descriptor descriptor);

  /**
   * The bytes of a blob, not verified.
   *
   * @param offset the first byte wanted
   */
  InputStream blob(Descriptor descriptor, long offset);

  /** Whether the place has something; an index in a store may name images it has not. */
  default boolean has(Descriptor descriptor) {
    return true;
  }

  /** Repositories of a registry in which a blob is likely to be, the likeliest first. */
  default List<Reference> alsoIn(Descriptor blob, String registry) {
    return List.of();
  }

  /** What refers to a manifest here: signatures, bills of material. */
  default List<Descriptor> referrers(Digest subject) {
    return List.of();
  }

  /** A manifest that stands beside the image under a tag, as cosign keeps signatures. */
  default Optional<Descriptor> tagged(String tag) {
    return Optional.empty();
  }

  /** The image's name, where the place knows it. */
  default Optional<Reference> name() {
    return Optional.empty();
  }

  @Override
  void close();
}

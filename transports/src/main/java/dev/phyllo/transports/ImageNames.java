package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import java.util.Optional;

/**
 * How the descriptors of an {@code index.json} become image names.
 *
 * <p>image-layout.md and annotations.md leave open what {@code org.opencontainers.image.ref.name}
 * holds, and tools differ: umoci writes a tag, podman a whole name, skopeo whatever it was given.
 * The rules are those of {@code ctr images import}:
 *
 * <ul>
 *   <li>{@code io.containerd.image.name} is a whole name and always taken.
 *   <li>A ref.name with {@code /}, {@code :} or {@code @} in it is a whole name. With a base name,
 *       images of other repositories are left out.
 *   <li>Any other ref.name is a tag of the base name. Without a base name the image has no name.
 *   <li>No ref.name: with a base name {@code BASE@DIGEST}; {@code BASE:latest} if it is the only
 *       image there is, where ctr would give it no name.
 * </ul>
 */
final class ImageNames {
  /** containerd's annotation for a whole image name. */
  static final String CONTAINERD_NAME = "io.containerd.image.name";

  /** What became of a descriptor: left out, or kept with or without a name. */
  record Named(boolean kept, Optional<Reference> name) {
    private static final Named LEFT_OUT = new Named(false, Optional.empty());
    private static final Named NAMELESS = new Named(true, Optional.empty());

    private static Named as(Reference name) {
      return new Named(true, Optional.of(name));
    }
  }

  private final Optional<Reference> base;
  private final String baseText;

  /**
   * The rules with this base name.
   *
   * @throws UsageException if it is not a repository
   */
  ImageNames(Optional<String> baseName) {
    baseText = baseName.orElse("");
    base = baseName.map(ImageNames::repository);
  }

  /**
   * What the descriptor is called.
   *
   * @param alone whether it is the only one of its source
   */
  Named name(Descriptor d, boolean alone) {
    Optional<String> whole = annotation(d, CONTAINERD_NAME);
    if (whole.isPresent()) {
      return Named.as(Reference.parse(whole.get()));
    }
    Optional<String> ref = annotation(d, Descriptor.REF_NAME);
    if (ref.isEmpty()) {
      return base.map(b -> Named.as(anonymous(b, d, alone))).orElse(Named.NAMELESS);
    }
    String text = ref.get();
    if (text.indexOf('/') < 0 && text.indexOf(':') < 0 && text.indexOf('@') < 0) {
      return base.map(b -> Named.as(b.withTag(text))).orElse(Named.NAMELESS);
    }
    Reference name;
    try {
      name = Reference.parse(text);
    } catch (InvalidException _) {
      // The annotation may be any text; one that is not a name must not make the image unloadable.
      return base.isPresent() ? Named.LEFT_OUT : Named.NAMELESS;
    }
    return base.isEmpty() || belongs(name, base.get()) ? Named.as(name) : Named.LEFT_OUT;
  }

  private boolean belongs(Reference name, Reference repository) {
    String path = name.path();
    return name.repository().equals(repository.repository())
        || name.repository().startsWith(repository.repository() + "/")
        // As ctr: a base name of one word also stands for that image of another registry.
        || path.substring(path.lastIndexOf('/') + 1).equals(baseText);
  }

  private static Reference anonymous(Reference base, Descriptor d, boolean alone) {
    return alone
        ? base
        : new Reference(base.domain(), base.path(), Optional.empty(), Optional.of(d.digest()));
  }

  private static Optional<String> annotation(Descriptor d, String key) {
    return Optional.ofNullable(d.annotations().get(key)).filter(s -> !s.isEmpty());
  }

  private static Reference repository(String text) {
    String last = text.substring(text.lastIndexOf('/') + 1);
    if (last.indexOf(':') >= 0 || last.indexOf('@') >= 0) {
      throw new UsageException(
          text, "a base name has no tag and no digest", "give the repository only");
    }
    return Reference.parse(text);
  }
}

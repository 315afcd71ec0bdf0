package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Chooses one image of an index by platform: the first that matches, as image-index.md asks,
 * looking into nested indexes in place.
 */
final class PlatformChoice {
  /** How deep indexes may be nested. */
  static final int MAX_DEPTH = 8;

  private static final String ATTESTATION = "vnd.docker.reference.type";

  private final ImageContents contents;
  private final Optional<Platform> asked;
  private final Platform wanted;
  private final int maxImages;

  PlatformChoice(ImageContents contents, LoadOptions options) {
    this.contents = contents;
    this.asked = options.platform();
    this.wanted = options.platform().orElseGet(Platform::host);
    this.maxImages = options.limits().maxImages();
  }

  /**
   * The image of the wanted platform. Without a wish, an index with a single image gives that,
   * whatever it runs on: there is nothing to choose.
   *
   * @param what the index, for error messages
   * @throws UnsupportedException if there is none
   */
  Document.OfManifest choose(Index index, String what) {
    List<Descriptor> images = new ArrayList<>();
    flatten(index, what, 0, images);
    Set<String> offered = new LinkedHashSet<>();
    for (Descriptor image : images) {
      Optional<Platform> platform = image.platform();
      if (platform.isEmpty() && images.size() > 1) {
        platform = platformOf(image);
      }
      if (platform.isPresent() && platform.get().matches(wanted)) {
        return image(image);
      }
      offered.add(platform.map(Platform::toString).orElse("no platform"));
    }
    if (images.size() == 1 && asked.isEmpty()) {
      return image(images.getFirst());
    }
    throw new UnsupportedException(
        what,
        images.isEmpty()
            ? "an index without an image"
            : "has no image for " + wanted + ", only for " + String.join(", ", offered),
        images.isEmpty() ? "" : "choose one with --platform, or keep them with --all-platforms");
  }

  /**
   * Refuses a single image of another platform, if one was asked for.
   *
   * @throws UnsupportedException if it is of another
   */
  void check(ImageConfig config, String what) {
    if (asked.isPresent() && !config.platform().matches(asked.get())) {
      throw new UnsupportedException(
          what,
          "is for " + config.platform() + ", not for " + asked.get(),
          "ask for that platform with --platform, or for an image of this one");
    }
  }

  /** Whether the descriptor says itself that it is no image, as buildkit's attestations do. */
  static boolean isAttestation(Descriptor d) {
    return d.annotations().containsKey(ATTESTATION)
        || d.platform().filter(p -> p.os().equals("unknown")).isPresent();
  }

  private void flatten(Index index, String what, int depth, List<Descriptor> into) {
    if (depth > MAX_DEPTH) {
      throw new InvalidException(
          what, "indexes nested deeper than " + MAX_DEPTH, "name an image in it by its digest");
    }
    for (Descriptor d : index.manifests()) {
      if (MediaTypes.isIndex(d.mediaType())) {
        if (Document.read(contents, d) instanceof Document.OfIndex nested) {
          flatten(nested.index(), what, depth + 1, into);
        }
      } else if (!isAttestation(d)
          && d.artifactType().isEmpty()
          && (d.mediaType().isEmpty() || MediaTypes.isManifest(d.mediaType()))) {
        into.add(d);
      }
      if (into.size() > maxImages) {
        throw new InvalidException(
            what, "more than " + maxImages + " images", "take one of them: --platform");
      }
    }
  }

  private Document.OfManifest image(Descriptor d) {
    return switch (Document.read(contents, d)) {
      case Document.OfManifest m -> m;
      case Document.OfIndex i ->
          throw new InvalidException(i.file().where(), "an index where a manifest is expected", "");
    };
  }

  private Optional<Platform> platformOf(Descriptor d) {
    if (!(Document.read(contents, d) instanceof Document.OfManifest m) || !m.isImage()) {
      return Optional.empty();
    }
    Descriptor config = m.manifest().config();
    ImageFile file = contents.blob(config);
    return Optional.of(ImageConfig.parse(ImageFile.read(file, config), file.where()).platform());
  }
}

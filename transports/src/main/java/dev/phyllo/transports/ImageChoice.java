package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chooses one image of an index, nested ones included, by platform.
 *
 * <p>System and architecture must be those wanted. Of several variants the best that the machine
 * can run is taken: the highest that is not above the one wanted, where no variant means the base
 * of an architecture. So an index for {@code amd64/v3} and {@code amd64} gives the second to who
 * asks for {@code amd64}, and the first to who asks for {@code amd64/v3} or {@code amd64/v4}. Where
 * nothing is asked for and an index holds a single image, that is it.
 */
final class ImageChoice {
  private final ImageSource source;
  private final int maxImages;

  ImageChoice(ImageSource source, int maxImages) {
    this.source = source;
    this.maxImages = maxImages;
  }

  /**
   * The manifest for a platform.
   *
   * @param top a manifest, which is taken as it is, or an index
   * @throws UnsupportedException if there is none
   */
  Descriptor choose(Descriptor top, Optional<Platform> asked) {
    if (!MediaTypes.isIndex(top.mediaType())) {
      return top;
    }
    List<Descriptor> images = new ArrayList<>();
    flatten(top, 0, images);
    Platform wanted = asked.orElseGet(Platform::host);
    Descriptor best = null;
    int bestLevel = -1;
    Set<String> offered = new LinkedHashSet<>();
    for (Descriptor image : images) {
      Platform platform = platform(image, images.size() > 1);
      offered.add(platform == null ? "no platform" : platform.toString());
      int level = platform == null ? -1 : level(platform, wanted);
      if (level > bestLevel) {
        best = image;
        bestLevel = level;
      }
    }
    if (best != null) {
      return best;
    }
    if (images.size() == 1 && asked.isEmpty()) {
      return images.getFirst();
    }
    throw new UnsupportedException(
        source.thing(),
        images.isEmpty()
            ? "an index without an image"
            : "has no image for " + wanted + ", only for " + String.join(", ", offered),
        images.isEmpty() ? "" : "choose one with --platform, or take all with --all-platforms");
  }

  /** How well a platform fits: its variant's level, or -1 if it does not. */
  private static int level(Platform platform, Platform wanted) {
    Platform base = Platform.of(wanted.os(), wanted.architecture());
    if (!platform.matches(base)) {
      return -1;
    }
    int level = variantLevel(platform);
    return level <= variantLevel(wanted) ? level : -1;
  }

  /** The number in a variant such as v7; an architecture's base where there is none. */
  private static int variantLevel(Platform platform) {
    String variant = platform.variant().orElse("");
    String digits = variant.startsWith("v") ? variant.substring(1) : variant;
    if (digits.length() == 1 && digits.charAt(0) >= '0' && digits.charAt(0) <= '9') {
      return digits.charAt(0) - '0';
    }
    return switch (platform.architecture()) {
      case "arm64", "aarch64" -> 8;
      case "arm" -> 7;
      default -> 1;
    };
  }

  private void flatten(Descriptor index, int depth, List<Descriptor> into) {
    if (depth > PlatformChoice.MAX_DEPTH) {
      throw new InvalidException(
          source.thing(),
          "indexes nested deeper than " + PlatformChoice.MAX_DEPTH,
          "name an image in it by its digest");
    }
    for (Descriptor d :
        Index.parse(source.document(index), index.digest().toString()).manifests()) {
      if (MediaTypes.isIndex(d.mediaType())) {
        flatten(d, depth + 1, into);
      } else if (!PlatformChoice.isAttestation(d)
          && d.artifactType().isEmpty()
          && MediaTypes.isManifest(d.mediaType())) {
        into.add(d);
      }
      if (into.size() > maxImages) {
        throw new InvalidException(
            source.thing(), "more than " + maxImages + " images", "take one of them: --platform");
      }
    }
  }

  private @Nullable Platform platform(Descriptor image, boolean look) {
    if (image.platform().isPresent() || !look) {
      return image.platform().orElse(null);
    }
    Manifest manifest = Manifest.parse(source.document(image), image.digest().toString());
    if (!MediaTypes.isConfig(manifest.config().mediaType())) {
      return null;
    }
    return ImageConfig.parse(
            source.document(manifest.config()), manifest.config().digest().toString())
        .platform();
  }
}

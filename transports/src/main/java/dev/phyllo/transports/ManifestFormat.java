package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;

/** What manifests can be. */
public enum ManifestFormat {
  /** The OCI image specification's. */
  OCI("oci"),
  /** Docker's image manifest version 2, schema 2. */
  V2S2("v2s2");

  private final String word;

  ManifestFormat(String word) {
    this.word = word;
  }

  /**
   * The format of that word, as skopeo's {@code --format} has it.
   *
   * @throws UsageException if there is none
   */
  public static ManifestFormat parse(String word) {
    for (ManifestFormat format : values()) {
      if (format.word.equals(word)) {
        return format;
      }
    }
    throw new UsageException(word, "no such manifest format", "use oci or v2s2");
  }

  /** The format of a manifest or index of that type. */
  static ManifestFormat of(String mediaType) {
    return mediaType.equals(MediaTypes.DOCKER_MANIFEST) || mediaType.equals(MediaTypes.DOCKER_INDEX)
        ? V2S2
        : OCI;
  }

  String manifest() {
    return this == OCI ? MediaTypes.OCI_MANIFEST : MediaTypes.DOCKER_MANIFEST;
  }

  String index() {
    return this == OCI ? MediaTypes.OCI_INDEX : MediaTypes.DOCKER_INDEX;
  }

  String config() {
    return this == OCI ? MediaTypes.OCI_CONFIG : MediaTypes.DOCKER_CONFIG;
  }

  /**
   * The type of a layer.
   *
   * @throws UnsupportedException if the format has none for it
   */
  String layer(Compression compression, String thing) {
    if (this == OCI) {
      return compression.layerMediaType();
    }
    return switch (compression) {
      case NONE -> MediaTypes.DOCKER_LAYER;
      case GZIP -> MediaTypes.DOCKER_LAYER_GZIP;
      case ZSTD ->
          throw new UnsupportedException(
              thing,
              "a zstd layer, which Docker's schema 2 does not have",
              "add --dest-compress-format gzip");
    };
  }
}

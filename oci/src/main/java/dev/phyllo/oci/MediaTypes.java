package dev.phyllo.oci;

/**
 * The media types of the OCI image specification (media-types.md) and of Docker's image manifest
 * version 2, schema 2, and what they stand for.
 */
public final class MediaTypes {
  /** The {@code oci-layout} file. */
  public static final String OCI_LAYOUT = "application/vnd.oci.layout.header.v1+json";

  /** Any content by descriptor. */
  public static final String OCI_DESCRIPTOR = "application/vnd.oci.descriptor.v1+json";

  /** An image index. */
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";

  /** An image manifest. */
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";

  /** An image config. */
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";

  /** A layer, not compressed. */
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

  /** A layer, gzip. */
  public static final String OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";

  /** A layer, zstd. */
  public static final String OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";

  /** The empty descriptor of artifacts. */
  public static final String OCI_EMPTY = "application/vnd.oci.empty.v1+json";

  /** Docker's manifest list. */
  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** Docker's image manifest. */
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";

  /** Docker's image config. */
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

  /** Docker's layer, gzip. */
  public static final String DOCKER_LAYER_GZIP =
      "application/vnd.docker.image.rootfs.diff.tar.gzip";

  /** Docker's layer, not compressed. */
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

  /** Docker's layer, zstd. */
  public static final String DOCKER_LAYER_ZSTD =
      "application/vnd.docker.image.rootfs.diff.tar.zstd";

  /** Docker's foreign layer: fetched from its URLs and never pushed. */
  public static final String DOCKER_FOREIGN_LAYER =
      "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

  private MediaTypes() {}

  /** Whether it is an index or manifest list. */
  public static boolean isIndex(String type) {
    return type.equals(OCI_INDEX) || type.equals(DOCKER_INDEX);
  }

  /** Whether it is an image manifest. */
  public static boolean isManifest(String type) {
    return type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST);
  }

  /** Whether it is an image config. */
  public static boolean isConfig(String type) {
    return type.equals(OCI_CONFIG) || type.equals(DOCKER_CONFIG);
  }

  /** Whether it is a layer whose bytes travel with the image. */
  public static boolean isLayer(String type) {
    return switch (type) {
      case OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD -> true;
      case DOCKER_LAYER, DOCKER_LAYER_GZIP, DOCKER_LAYER_ZSTD -> true;
      default -> false;
    };
  }

  /** Whether it is a layer whose bytes live elsewhere: foreign or non-distributable. */
  public static boolean isForeignLayer(String type) {
    return type.equals(DOCKER_FOREIGN_LAYER)
        || type.startsWith("application/vnd.oci.image.layer.nondistributable.v1.tar");
  }
}

package dev.phyllo.transports;

import dev.phyllo.oci.UsageException;

/** What images are saved as. */
public enum SaveFormat {
  /**
   * What {@code docker save} writes since version 25: one archive that is an OCI image layout and
   * has docker's {@code manifest.json} and {@code repositories} too, which name the same blobs.
   * docker, podman, skopeo ({@code docker-archive:} and {@code oci-archive:}) and {@code ctr images
   * import} read it, and every digest stays.
   */
  DOCKER_ARCHIVE("docker-archive"),
  /** An OCI image layout (image-layout.md) in a tar archive. */
  OCI_ARCHIVE("oci-archive"),
  /** An OCI image layout as a directory; images are added to what is in it. */
  OCI_DIR("oci-dir");

  private final String word;

  SaveFormat(String word) {
    this.word = word;
  }

  /** The word for it on a command line. */
  public String word() {
    return word;
  }

  /**
   * The format of that word.
   *
   * @throws UsageException if there is none
   */
  public static SaveFormat parse(String word) {
    for (SaveFormat format : values()) {
      if (format.word.equals(word)) {
        return format;
      }
    }
    throw new UsageException(
        word, "no such archive format", "use docker-archive, oci-archive or oci-dir");
  }
}

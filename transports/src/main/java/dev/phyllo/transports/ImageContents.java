package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.JsonCodec;

/**
 * The one reading view of every place images come from: a top index, and blobs by descriptor. What
 * comes out of a blob has not been verified; whoever takes it hashes it.
 */
sealed interface ImageContents permits OciLayout, DockerArchive, DockerDirectory {

  /** The marker file of an OCI layout. */
  String OCI_LAYOUT = "oci-layout";

  /** The index of an OCI layout. */
  String INDEX = "index.json";

  /** Docker's list of images in an archive, and the manifest in skopeo's {@code dir:}. */
  String MANIFEST = "manifest.json";

  /** What {@code skopeo copy} and {@code podman save --format} call this kind. */
  String kind();

  /** The images, each with the annotations that name it. */
  Index top();

  /**
   * The bytes a descriptor names.
   *
   * @throws NotFoundException if they are not there
   * @throws dev.phyllo.oci.CorruptException if their length is another
   */
  ImageFile blob(Descriptor d);

  /**
   * Finds out what the files are and reads the documents at the top.
   *
   * @throws InvalidException if they are no image source
   */
  static ImageContents read(ImageFiles files) {
    ImageFile layout = files.find(OCI_LAYOUT);
    ImageFile index = files.find(INDEX);
    ImageFile manifest = files.find(MANIFEST);
    // docker 25 and later save an OCI layout that has docker's manifest.json too: the layout says
    // more, and it is the one whose digests the image was built with.
    if (layout != null) {
      return OciLayout.read(files, layout, index);
    }
    if (manifest != null) {
      String thing = manifest.where();
      byte[] bytes = ImageFile.read(manifest);
      return switch (JsonCodec.parse(bytes, thing)) {
        case dev.phyllo.oci.json.Json.Array images -> DockerArchive.read(files, thing, images);
        default -> DockerDirectory.read(files, thing, bytes);
      };
    }
    if (index != null) {
      throw new InvalidException(
          files.thing(),
          "has an index.json but no oci-layout file",
          "an OCI image layout must have one with {\"imageLayoutVersion\": \"1.0.0\"}");
    }
    if (files.find("repositories") != null) {
      throw new InvalidException(
          files.thing(),
          "saved by a docker older than 1.10: repositories, but no manifest.json",
          "save it again with a newer docker");
    }
    throw new InvalidException(
        files.thing(),
        "not an image archive: neither index.json nor manifest.json in it",
        "if it is a root file system, use import");
  }

  /** The error for a blob that is not there. */
  static NotFoundException missing(ImageFiles files, Descriptor d, String name) {
    return new NotFoundException(
        files.thing(),
        "blob " + d.digest() + " is missing: there is no " + name,
        "the source is incomplete: copy or save it again");
  }
}

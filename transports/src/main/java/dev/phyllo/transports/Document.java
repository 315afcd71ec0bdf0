package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonCodec;

/** A verified document that a descriptor names: an index or a manifest. */
sealed interface Document {

  /** What names it; its media type is never empty. */
  Descriptor descriptor();

  /** The document as it is in the source. */
  ImageFile file();

  /** An index. */
  record OfIndex(Descriptor descriptor, ImageFile file, Index index) implements Document {}

  /** A manifest. */
  record OfManifest(Descriptor descriptor, ImageFile file, Manifest manifest) implements Document {

    /** Whether it is an image that can be unpacked: not an artifact, not an attestation. */
    boolean isImage() {
      for (Descriptor layer : manifest.layers()) {
        if (!MediaTypes.isLayer(layer.mediaType())
            && !MediaTypes.isForeignLayer(layer.mediaType())) {
          return false;
        }
      }
      return MediaTypes.isConfig(manifest.config().mediaType());
    }

    /** What it holds instead of an image. */
    UnsupportedException notAnImage() {
      String config = manifest.config().mediaType();
      String why = "its config is of type \"" + config + "\"";
      if (MediaTypes.isConfig(config)) {
        why = "it has a layer of another type than a tar";
        for (Descriptor layer : manifest.layers()) {
          if (!MediaTypes.isLayer(layer.mediaType())) {
            why = "layer " + layer.digest() + " is of type \"" + layer.mediaType() + "\"";
          }
        }
      }
      return new UnsupportedException(
          file.where(), "not an image that can run: " + why, "load images, not artifacts");
    }
  }

  /**
   * Reads a document of these contents.
   *
   * @throws UnsupportedException if the descriptor is of a type that is neither
   */
  static Document read(ImageContents contents, Descriptor d) {
    String type = d.mediaType();
    if (!type.isEmpty() && !MediaTypes.isIndex(type) && !MediaTypes.isManifest(type)) {
      boolean old = type.startsWith("application/vnd.docker.distribution.manifest.v1");
      throw new UnsupportedException(
          d.digest().toString(),
          old ? "Docker schema 1 manifest" : "content of type \"" + type + "\" is not an image",
          old ? "push the image again with a newer docker" : "load images, not artifacts");
    }
    ImageFile file = contents.blob(d);
    byte[] bytes = ImageFile.read(file, d);
    boolean isIndex = MediaTypes.isIndex(type);
    if (type.isEmpty()) {
      // The specification requires a media type; where one is missing the document has to tell.
      isIndex = JsonCodec.parseObject(bytes, file.where()).has("manifests");
      type = isIndex ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    }
    Descriptor typed =
        new Descriptor(
            type,
            d.digest(),
            d.size(),
            d.urls(),
            d.annotations(),
            d.platform(),
            d.artifactType(),
            d.data(),
            d.extra());
    MemoryFile inMemory = new MemoryFile(file.where(), bytes);
    return isIndex
        ? new OfIndex(typed, inMemory, Index.parse(bytes, file.where()))
        : new OfManifest(typed, inMemory, Manifest.parse(bytes, file.where()));
  }
}

package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.json.JsonCodec;
import java.util.List;

/**
 * What skopeo calls {@code dir:} and podman {@code docker-dir}: one image, its manifest under the
 * name {@code manifest.json}, every blob under the hex digits of its digest. The format is
 * containers-transports(5)'s; it has no names.
 *
 * @param files what it is made of
 * @param top an index of the one image
 * @param manifestName where the manifest is
 */
record DockerDirectory(ImageFiles files, Index top, String manifestName) implements ImageContents {

  static DockerDirectory read(ImageFiles files, String thing, byte[] manifest) {
    String mediaType = JsonCodec.parseObject(manifest, thing).string("mediaType").orElse("");
    if (MediaTypes.isIndex(mediaType)) {
      Index _ = Index.parse(manifest, thing);
      Descriptor whole = Descriptor.of(mediaType, Digest.sha256(manifest), manifest.length);
      return new DockerDirectory(files, Index.of(List.of(whole)), MANIFEST);
    }
    Manifest parsed = Manifest.parse(manifest, thing);
    if (parsed.layers().isEmpty() && !MediaTypes.isConfig(parsed.config().mediaType())) {
      throw new InvalidException(thing, "not the manifest of an image", "");
    }
    Descriptor image =
        Descriptor.of(
            mediaType.isEmpty() ? MediaTypes.OCI_MANIFEST : mediaType,
            Digest.sha256(manifest),
            manifest.length);
    return new DockerDirectory(files, Index.of(List.of(image)), MANIFEST);
  }

  @Override
  public String kind() {
    return "dir";
  }

  @Override
  public ImageFile blob(Descriptor d) {
    boolean isManifest = d.digest().equals(top.manifests().getFirst().digest());
    String name = isManifest ? manifestName : d.digest().hex();
    ImageFile file = files.find(name);
    if (file == null && !isManifest) {
      file = files.find(name + ".manifest.json"); // of an image of an index
    }
    if (file == null) {
      throw ImageContents.missing(files, d, name);
    }
    ImageFile.checkSize(file, d);
    return file;
  }
}

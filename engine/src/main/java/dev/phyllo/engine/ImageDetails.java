package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import java.util.List;

/**
 * Everything about one image.
 *
 * @param names every name it has, full
 * @param target what its name points to: a manifest, or an index of manifests
 * @param manifestDescriptor the manifest for the platform
 * @param manifest that manifest's content
 * @param config its config's content
 * @param chainIds the chainID after each layer, base first
 */
public record ImageDetails(
    List<String> names,
    Descriptor target,
    Descriptor manifestDescriptor,
    Manifest manifest,
    ImageConfig config,
    List<Digest> chainIds) {
  /** Keeps copies. */
  public ImageDetails {
    names = List.copyOf(names);
    chainIds = List.copyOf(chainIds);
  }

  /** The digest of the config, which docker calls the image's id. */
  public Digest id() {
    return manifest.config().digest();
  }

  /** The bytes of the config and the layers as they are stored. */
  public long size() {
    long sum = manifest.config().size();
    for (Descriptor layer : manifest.layers()) {
      sum += layer.size();
    }
    return sum;
  }
}

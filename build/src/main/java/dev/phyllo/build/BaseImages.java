package dev.phyllo.build;

import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.Platform;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the images come from that a build begins with or copies from, and where what it made can
 * go.
 */
public interface BaseImages {
  /**
   * An image for one platform.
   *
   * @param descriptor its manifest's descriptor
   * @param manifest its manifest
   * @param config its config
   */
  record Base(Descriptor descriptor, Manifest manifest, ImageConfig config) {
    /** The layers, base first. */
    List<Layer> layers() {
      List<Descriptor> blobs = manifest.layers();
      if (blobs.size() != config.diffIds().size()) {
        throw new InvalidException(
            descriptor.digest().toString(),
            "the manifest has " + blobs.size() + " layers, the config another number",
            "");
      }
      List<Layer> layers = new ArrayList<>(blobs.size());
      for (int i = 0; i < blobs.size(); i++) {
        layers.add(new Layer(blobs.get(i), config.diffIds().get(i)));
      }
      return layers;
    }
  }

  /**
   * Finds an image, and brings it into the store if it is not there and can be had.
   *
   * @param name its name or id
   * @param platform what it must be for
   * @param pull whether to look where it comes from even if it is there
   * @throws dev.phyllo.oci.NotFoundException if there is none
   */
  Base find(String name, Platform platform, boolean pull);

  /**
   * Brings an image that has a name to the registry of that name.
   *
   * @param name its canonical name
   */
  void push(String name);
}

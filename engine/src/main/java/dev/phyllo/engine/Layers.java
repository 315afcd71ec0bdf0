package dev.phyllo.engine;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.snapshots.Snapshotter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Lays an image's history beside its layers. */
final class Layers {
  private Layers() {}

  static List<LayerInfo> of(ImageDetails image, Snapshotter snapshotter) {
    List<LayerInfo> rows = new ArrayList<>();
    int layer = 0;
    int layers = image.manifest().layers().size();
    for (History h : image.config().history()) {
      if (h.emptyLayer()) {
        rows.add(
            new LayerInfo(
                Optional.of(h),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
      } else if (layer < layers) {
        rows.add(row(image, Optional.of(h), layer++, snapshotter));
      }
    }
    // A history is optional, and may be shorter than the layers.
    while (layer < layers) {
      rows.add(row(image, Optional.empty(), layer++, snapshotter));
    }
    return rows;
  }

  private static LayerInfo row(
      ImageDetails image, Optional<History> history, int layer, Snapshotter snapshotter) {
    boolean known = layer < image.chainIds().size();
    Optional<Digest> chainId = known ? Optional.of(image.chainIds().get(layer)) : Optional.empty();
    Optional<Path> directory = Optional.empty();
    if (chainId.isPresent() && snapshotter.find(chainId.get().toString()).isPresent()) {
      directory = Optional.of(snapshotter.layerDirectory(chainId.get().toString()));
    }
    return new LayerInfo(
        history,
        Optional.of(image.manifest().layers().get(layer)),
        known ? Optional.of(image.config().diffIds().get(layer)) : Optional.empty(),
        chainId,
        directory);
  }
}

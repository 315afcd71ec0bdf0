package dev.phyllo.build;

import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An image's layers, history and further fields as a new image takes them over. */
final class ImageLayers {
  private ImageLayers() {}

  /** The layers, base first, called what OCI calls them; their bytes are never touched. */
  static List<Layer> of(BaseImages.Base base) {
    List<Descriptor> blobs = base.manifest().layers();
    if (blobs.size() != base.config().diffIds().size()) {
      throw new InvalidException(
          base.descriptor().digest().toString(),
          "the manifest has " + blobs.size() + " layers, the config another number",
          "");
    }
    List<Layer> layers = new ArrayList<>(blobs.size());
    for (int i = 0; i < blobs.size(); i++) {
      layers.add(new Layer(blobs.get(i), base.config().diffIds().get(i)));
    }
    return layers;
  }

  /** A descriptor with OCI's media type, or Docker's. */
  static Descriptor typed(Descriptor layer, boolean docker) {
    String type =
        switch (layer.mediaType()) {
          case MediaTypes.DOCKER_LAYER, MediaTypes.OCI_LAYER ->
              docker ? MediaTypes.DOCKER_LAYER : MediaTypes.OCI_LAYER;
          case MediaTypes.DOCKER_LAYER_GZIP, MediaTypes.OCI_LAYER_GZIP ->
              docker ? MediaTypes.DOCKER_LAYER_GZIP : MediaTypes.OCI_LAYER_GZIP;
          case MediaTypes.DOCKER_LAYER_ZSTD, MediaTypes.OCI_LAYER_ZSTD ->
              docker ? MediaTypes.DOCKER_LAYER_ZSTD : MediaTypes.OCI_LAYER_ZSTD;
          default -> layer.mediaType();
        };
    return type.equals(layer.mediaType())
        ? layer
        : Descriptor.of(type, layer.digest(), layer.size());
  }

  /**
   * The history with a line for each layer: readers lay the two beside each other from the base up,
   * so a line that follows a layer without one would be taken for that layer's.
   */
  static List<History> wholeHistory(ImageConfig base) {
    List<History> history = new ArrayList<>(base.history());
    int missing = base.diffIds().size();
    for (History h : history) {
      missing -= h.emptyLayer() ? 0 : 1;
    }
    for (; missing > 0; missing--) {
      history.add(
          new History(
              base.created(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              false,
              Json.Obj.EMPTY));
    }
    return history;
  }

  /** Docker's notes on the container that an image was made in do not hold for a new one. */
  static Json.Obj withoutContainer(Json.Obj extra) {
    Map<String, Json> members = new LinkedHashMap<>(extra.members());
    members.remove("container");
    members.remove("container_config");
    members.remove("docker_version");
    return new Json.Obj(members);
  }
}

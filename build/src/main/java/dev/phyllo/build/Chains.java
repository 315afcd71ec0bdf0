package dev.phyllo.build;

import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.snapshots.LayerBlobs;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.snapshots.Unpacker;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Layers as snapshots, for what has to be executed or mounted. */
final class Chains {
  private final BuildJob job;

  Chains(BuildJob job) {
    this.job = job;
  }

  Snapshotter snapshots() {
    return job.snapshots();
  }

  /**
   * Unpacks what is not unpacked yet.
   *
   * @return the name of the snapshot on top; nothing for no layers
   */
  Optional<String> unpack(List<Layer> layers) {
    if (layers.isEmpty()) {
      return Optional.empty();
    }
    List<Descriptor> blobs = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    for (Layer layer : layers) {
      blobs.add(layer.blob().asLayer(false));
      diffIds.add(layer.diffId());
      job.lease().protect(layer.blob().digest());
    }
    List<Digest> chain = ChainId.of(diffIds);
    for (Digest chainId : chain) {
      job.lease().protectSnapshot(chainId.toString());
    }
    String top = chain.getLast().toString();
    if (snapshots().find(top).isPresent()) {
      return Optional.of(top);
    }
    // The unpacker knows images; of this one only the layers count.
    Manifest manifest =
        Manifest.of(Descriptor.of(MediaTypes.OCI_CONFIG, chain.getLast(), 0), blobs);
    ImageConfig config = ImageConfig.of(Platform.host(), ProcessConfig.EMPTY, diffIds);
    BuildEnvironment e = job.environment();
    new Unpacker(job.content(), snapshots(), e.unpacked(), e.locks(), e.steps(), e.limits())
        .unpackLayers("build", manifest, config, LayerBlobs.of(job.content()));
    return Optional.of(top);
  }
}

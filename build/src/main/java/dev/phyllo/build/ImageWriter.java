package dev.phyllo.build;

import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.ImageConfig.History;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.json.Json;
import dev.phyllo.store.Batch;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * From a stage to a config and a manifest in the store. Both are the same bytes whenever the same
 * steps lead to them: an image that was made before keeps the time at which it was made first.
 */
final class ImageWriter {
  private final BuildJob job;

  ImageWriter(BuildJob job) {
    this.job = job;
  }

  /** An image without a name. */
  record Written(Descriptor manifest, Descriptor config) {}

  /**
   * Writes the image.
   *
   * @param layers the stage's, or what became of them
   */
  Written write(StageState state, List<Layer> layers) {
    state.config().label(job.request().labels());
    boolean squashed = layers.size() != state.layers().size();
    List<Descriptor> blobs = new ArrayList<>();
    List<Digest> diffIds = new ArrayList<>();
    boolean docker = job.request().isDocker();
    for (Layer layer : layers) {
      blobs.add(layer.blob().asLayer(docker));
      diffIds.add(layer.diffId());
    }
    // What the image is, but for the times of steps that only change the config.
    Digest content = Digest.sha256(config(state, squashed, diffIds, "").toBytes());
    Optional<String> before =
        job.request().isNoCache() || job.times().epoch().isPresent()
            ? Optional.empty()
            : job.cache().records().imageCreated(content);
    String created = before.orElseGet(job::created);
    byte[] config = config(state, squashed, diffIds, created).toBytes();
    Descriptor configBlob =
        Descriptor.of(docker ? MediaTypes.DOCKER_CONFIG : MediaTypes.OCI_CONFIG, config);
    byte[] manifest = manifest(configBlob, blobs, docker).toBytes();
    Descriptor target =
        Descriptor.of(docker ? MediaTypes.DOCKER_MANIFEST : MediaTypes.OCI_MANIFEST, manifest);
    if (!job.content().has(configBlob.digest()) || !job.content().has(target.digest())) {
      try (Batch batch = job.content().batch()) {
        batch.ingest(configBlob, new ByteArrayInputStream(config));
        batch.ingest(target, new ByteArrayInputStream(manifest));
        batch.commit();
      }
    }
    if (before.isEmpty() && job.times().epoch().isEmpty()) {
      job.cache().records().putImageCreated(content, created);
    }
    return new Written(target, configBlob);
  }

  private Manifest manifest(Descriptor config, List<Descriptor> blobs, boolean docker) {
    return new Manifest(
        docker ? MediaTypes.DOCKER_MANIFEST : MediaTypes.OCI_MANIFEST,
        config,
        blobs,
        job.request().annotations(),
        Optional.empty(),
        Optional.empty(),
        Json.Obj.EMPTY);
  }

  private static ImageConfig config(
      StageState state, boolean squashed, List<Digest> diffIds, String created) {
    List<History> history = new ArrayList<>(state.history().size());
    int ofBase = state.baseLayers();
    for (History h : state.history()) {
      boolean empty = h.emptyLayer();
      ofBase -= empty ? 0 : 1;
      history.add(
          h.created().isPresent() && !(squashed && ofBase < 0)
              ? h
              : new History(
                  h.created().or(() -> Optional.of(created)),
                  h.createdBy(),
                  h.author(),
                  h.comment(),
                  empty || squashed && ofBase < 0,
                  h.extra()));
    }
    if (squashed) {
      history.add(
          new History(
              Optional.of(created),
              Optional.of("squash"),
              Optional.empty(),
              Optional.of("all layers of the build as one"),
              false,
              Json.Obj.EMPTY));
    }
    return new ImageConfig(
        state.platform(),
        Optional.of(created),
        state.author(),
        state.config().process(),
        diffIds,
        history,
        state.extra());
  }
}

package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.Work;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Image;
import dev.phyllo.store.Unpacked;
import dev.phyllo.transports.ImageSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether a pull has anything to do. The registry is asked for the digest of the name alone; where
 * that is what the name stands for here, whole and unpacked, nothing has to be fetched, locked or
 * written.
 */
final class Held {
  private final Phyllo engine;

  Held(Phyllo engine) {
    this.engine = engine;
  }

  /** What the pull would come to if nothing is to be done, or null. */
  @Nullable Pulled find(ImageSource source, Reference reference, PullRequest request) {
    if (request.allPlatforms() || request.platform().isPresent()) {
      return null;
    }
    Optional<Image> before = engine.names().find(reference);
    if (before.isEmpty()) {
      return null;
    }
    Descriptor target = before.get().target();
    if (!MediaTypes.isManifest(target.mediaType())
        || !source.target().digest().equals(target.digest())) {
      return null;
    }
    ContentStore content = engine.content();
    if (!content.has(target.digest())) {
      return null;
    }
    Manifest manifest =
        Manifest.parse(
            content.readTrusted(target.digest(), JsonCodec.MAX_BYTES), target.digest().toString());
    if (!isWhole(manifest) || request.unpack() && Phyllo.canRun() && !isUnpacked(target)) {
      return null;
    }
    StepListener steps = engine.options().steps();
    for (Descriptor layer : manifest.layers()) {
      try (Work work = steps.begin(Work.Kind.RECEIVE, layer.digest().toString(), layer.size())) {
        work.present();
      }
    }
    return new Pulled(
        reference.canonical(), target.digest(), target, manifest.layers().size(), false);
  }

  private boolean isWhole(Manifest manifest) {
    boolean whole = engine.content().has(manifest.config().digest());
    for (Descriptor layer : manifest.layers()) {
      whole = whole && engine.content().has(layer.digest());
    }
    return whole;
  }

  private boolean isUnpacked(Descriptor target) {
    Optional<Unpacked> record =
        engine.unpackedRecords().find(engine.snapshotter().name(), target.digest());
    if (record.isEmpty()) {
      return false;
    }
    List<Digest> chain = record.get().chainIds();
    return chain.isEmpty() || engine.snapshotter().find(chain.getLast().toString()).isPresent();
  }
}

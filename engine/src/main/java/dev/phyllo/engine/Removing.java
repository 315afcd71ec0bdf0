package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Image;
import dev.phyllo.store.Locks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Takes a name away, and then what nothing refers to any more: records, snapshots, blobs. */
final class Removing {
  /**
   * Held shared while content comes in that no name refers to yet, exclusively while collecting.
   */
  static final String GC_LOCK = "gc";

  private final Phyllo engine;

  Removing(Phyllo engine) {
    this.engine = engine;
  }

  /** What an image's target leads to. */
  private static final class Reach {
    final Set<Digest> blobs = new LinkedHashSet<>();
    final Set<Digest> manifests = new LinkedHashSet<>();
    final Set<String> snapshots = new LinkedHashSet<>();
  }

  Removal remove(String nameOrId, boolean force) {
    Image image = engine.imageReader().find(nameOrId);
    List<String> going = namesToRemove(nameOrId, image, force);
    boolean last = true;
    for (Image other : engine.names().list()) {
      last &=
          !other.isNamed() // nothing is without a name that has one
              || going.contains(other.name()) || !other.target().digest().equals(image.target().digest());
    }
    if (last && !force) {
      refuseIfInUse(nameOrId, image);
    }
    for (String name : going) {
      engine.names().remove(name);
    }
    if (!last) {
      return new Removal(going, List.of(), List.of());
    }
    if (going.isEmpty()) {
      engine.names().removeUnnamed(image.target().digest());
    }
    FileLocker.Held lock = engine.locks().tryAcquire(GC_LOCK, Locks.Mode.EXCLUSIVE);
    if (lock == null) {
      // Something is being loaded and may want these very blobs: a later collection takes them.
      return new Removal(going, List.of(), List.of());
    }
    try (lock) {
      return sweep(going, image.target());
    }
  }

  private List<String> namesToRemove(String nameOrId, Image image, boolean force) {
    List<String> all = new ArrayList<>();
    for (Image other : engine.names().list()) {
      if (other.isNamed() && other.target().digest().equals(image.target().digest())) {
        all.add(other.name());
      }
    }
    if (isName(nameOrId, image)) {
      return List.of(image.name());
    }
    if (all.size() > 1 && !force) {
      throw new ConflictException(
          nameOrId,
          "the image has " + all.size() + " names",
          "remove them one by one, or all with -f");
    }
    return all;
  }

  private static boolean isName(String nameOrId, Image image) {
    String hex = nameOrId.startsWith("sha256:") ? nameOrId.substring(7) : nameOrId;
    if (nameOrId.startsWith("sha256:") || hex.length() == 64 && Digest.isValid("sha256:" + hex)) {
      return false;
    }
    return dev.phyllo.oci.Reference.parse(nameOrId).canonical().equals(image.name());
  }

  private void refuseIfInUse(String nameOrId, Image image) {
    if (!Linux.isSupported()) {
      return;
    }
    Reach reach = reach(image.target());
    for (Container c : engine.containers().list()) {
      if (reach.manifests.contains(c.spec().manifest())) {
        throw new ConflictException(
            nameOrId,
            "container " + c.name() + " stands on it",
            "remove the container first, or use -f");
      }
    }
  }

  private Removal sweep(List<String> untagged, Descriptor removed) {
    Reach gone = reach(removed);
    Set<Digest> keptBlobs = new HashSet<>();
    Set<String> keptSnapshots = new HashSet<>();
    for (Image image : engine.names().list()) {
      Reach kept = reach(image.target());
      keptBlobs.addAll(kept.blobs);
      keptSnapshots.addAll(kept.snapshots);
    }
    String driver = engine.options().snapshotter();
    for (Digest manifest : gone.manifests) {
      if (!keptBlobs.contains(manifest)) {
        engine.unpackedRecords().remove(driver, manifest);
      }
    }
    List<String> snapshots = new ArrayList<>();
    if (Linux.isSupported()) {
      snapshots.addAll(removeSnapshots(gone.snapshots, keptSnapshots));
    }
    List<Digest> blobs = new ArrayList<>();
    for (Digest digest : gone.blobs) {
      if (!keptBlobs.contains(digest) && engine.content().delete(digest)) {
        blobs.add(digest);
      }
    }
    return new Removal(untagged, blobs, snapshots);
  }

  private List<String> removeSnapshots(Set<String> candidates, Set<String> kept) {
    Snapshotter snapshotter = engine.snapshotter();
    Set<String> parents = new HashSet<>();
    for (SnapshotInfo info : snapshotter.list()) {
      if (!candidates.contains(info.key()) || kept.contains(info.key())) {
        info.parent().ifPresent(parents::add);
      }
    }
    List<String> order = new ArrayList<>(candidates).reversed();
    List<String> removed = new ArrayList<>();
    for (String key : order) {
      // A stack whose top is needed is needed down to its base.
      if (kept.contains(key) || parents.contains(key)) {
        continue;
      }
      try {
        snapshotter.remove(key);
        removed.add(key);
      } catch (NotFoundException _) {
        // Never unpacked, or removed by hand.
      } catch (ConflictException _) {
        // Something stands on it that was made a moment ago.
        break;
      }
    }
    return removed;
  }

  private Reach reach(Descriptor target) {
    Reach reach = new Reach();
    follow(target, reach);
    return reach;
  }

  private void follow(Descriptor d, Reach reach) {
    if (!engine.content().has(d.digest()) || !reach.blobs.add(d.digest())) {
      return;
    }
    if (MediaTypes.isIndex(d.mediaType())) {
      Index index =
          Index.parse(
              engine.content().readTrusted(d.digest(), JsonCodec.MAX_BYTES), d.digest().toString());
      for (Descriptor m : index.manifests()) {
        follow(m, reach);
      }
      return;
    }
    if (!MediaTypes.isManifest(d.mediaType())) {
      return;
    }
    Manifest manifest =
        Manifest.parse(
            engine.content().readTrusted(d.digest(), JsonCodec.MAX_BYTES), d.digest().toString());
    reach.manifests.add(d.digest());
    reach.blobs.add(manifest.config().digest());
    for (Descriptor layer : manifest.layers()) {
      reach.blobs.add(layer.digest());
    }
    if (MediaTypes.isConfig(manifest.config().mediaType())
        && engine.content().has(manifest.config().digest())) {
      ImageConfig config = engine.imageReader().config(manifest);
      for (Digest chainId : ChainId.of(config.diffIds())) {
        reach.snapshots.add(chainId.toString());
      }
    }
  }
}

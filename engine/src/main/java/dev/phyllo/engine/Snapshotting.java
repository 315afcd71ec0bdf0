package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.snapshots.Change;
import dev.phyllo.snapshots.Differ;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.LiveMounts;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.Unpacked;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Snapshots by hand: what a person may do to them without breaking what the engine relies on.
 *
 * <p>A key may be shortened to its beginning, with or without {@code sha256:}, where only one
 * snapshot begins so; {@link NotFoundException} says that there is none, {@link UsageException}
 * that there are several.
 */
public final class Snapshotting {
  private final Phyllo engine;
  private final Snapshotter snapshots;

  Snapshotting(Phyllo engine) {
    this.engine = engine;
    this.snapshots = engine.snapshotter();
  }

  /** A snapshot by its key, or by the start of it where only one key begins so. */
  public SnapshotInfo find(String keyOrPrefix) {
    Optional<SnapshotInfo> exact = snapshots.find(keyOrPrefix);
    if (exact.isPresent()) {
      return exact.get();
    }
    List<SnapshotInfo> found = new ArrayList<>();
    for (SnapshotInfo info : keyOrPrefix.isEmpty() ? List.<SnapshotInfo>of() : snapshots.list()) {
      if (info.key().startsWith(keyOrPrefix) || info.key().startsWith("sha256:" + keyOrPrefix)) {
        found.add(info);
      }
    }
    if (found.size() > 1) {
      throw new UsageException(keyOrPrefix, "more than one snapshot begins so", "write more of it");
    }
    if (found.isEmpty()) {
      throw new NotFoundException(keyOrPrefix, "no such snapshot", "phyllo snapshot ls lists them");
    }
    return found.getFirst();
  }

  /**
   * Makes an active snapshot, or a view, that stays until it is removed.
   *
   * @param key its key, which none has yet
   * @param parent the key of a committed snapshot that it stands on
   * @param view whether it is only read
   */
  public void prepare(String key, Optional<String> parent, boolean view) {
    if (key.isEmpty()) {
      throw new UsageException("snapshot", "a key cannot be empty", "give it a key");
    }
    Optional<String> name = parent.isEmpty() ? parent : Optional.of(find(parent.get()).key());
    if (view) {
      snapshots.view(key, name, Map.of(), true);
    } else {
      snapshots.prepare(key, name, Map.of(), true);
    }
  }

  /** The mounts that show an active snapshot or a view; mount(8) makes them in this order. */
  public List<Mount> mounts(String key) {
    return snapshots.mounts(find(key).key());
  }

  /**
   * Gives an active snapshot its final name.
   *
   * @throws ConflictException if it is a container's, or mounted
   */
  public void commit(String name, String key) {
    SnapshotInfo info = find(key);
    refuseContainers(info, "commit the container: phyllo commit " + key + " NAME");
    refuseMounted(info);
    snapshots.commit(name, info.key(), Optional.empty(), Map.of());
  }

  /**
   * Removes a snapshot that is nobody's parent, no container's and not mounted.
   *
   * @return its whole key
   * @throws ConflictException if it is one of these
   */
  public String remove(String key) {
    SnapshotInfo info = find(key);
    refuseContainers(info, "remove the container: phyllo rm " + key);
    refuseMounted(info);
    if (info.kind() == Kind.COMMITTED) {
      forgetUnpacked(info);
    }
    snapshots.remove(info.key());
    return info.key();
  }

  /** An image whose layers are not all there any more is not unpacked: the next run unpacks it. */
  private void forgetUnpacked(SnapshotInfo info) {
    if (!Digest.isValid(info.key()) || hasChild(info)) {
      return;
    }
    Digest chainId = Digest.parse(info.key());
    for (Unpacked record : engine.unpackedRecords().list(snapshots.name())) {
      if (record.chainIds().contains(chainId)) {
        engine.unpackedRecords().remove(snapshots.name(), record.manifest());
      }
    }
  }

  private boolean hasChild(SnapshotInfo info) {
    for (SnapshotInfo other : snapshots.list()) {
      if (other.parent().equals(Optional.of(info.key()))) {
        return true;
      }
    }
    return false;
  }

  /**
   * What a snapshot changed, by path.
   *
   * @param parent another snapshot to compare with than its own parent
   */
  public List<Change> changes(String key, Optional<String> parent) {
    SnapshotInfo info = find(key);
    Differ differ =
        parent.isEmpty()
            ? Differ.of(snapshots, info.key())
            : Differ.between(snapshots, Optional.of(find(parent.get()).key()), info.key());
    return differ.changes();
  }

  private void refuseContainers(SnapshotInfo info, String remedy) {
    Optional<Container> owner = engine.containers().find(info.key());
    if (owner.isPresent() && owner.get().id().equals(info.key())) {
      throw new ConflictException(
          info.key(), "the writable layer of container " + owner.get().name(), remedy);
    }
  }

  private void refuseMounted(SnapshotInfo info) {
    if (info.kind() == Kind.COMMITTED) {
      return; // what shows it has a snapshot of its own on top, which keeps this one
    }
    for (Mounted mounted : engine.mounts()) {
      if (mounted.snapshot().equals(info.key())) {
        throw new ConflictException(
            info.key(), "mounted at " + mounted.target(), "phyllo umount " + mounted.target());
      }
    }
    if (info.kind() == Kind.ACTIVE) {
      Optional<String> place = LiveMounts.of(snapshots.mounts(info.key()));
      if (place.isPresent()) {
        throw new ConflictException(
            info.key(), "mounted at " + place.get(), "umount " + place.get());
      }
    }
  }
}

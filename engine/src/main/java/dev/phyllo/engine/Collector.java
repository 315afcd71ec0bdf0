package dev.phyllo.engine;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.containers.Container;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.snapshots.Unpacker;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Leases;
import dev.phyllo.store.Locks;
import dev.phyllo.store.Unpacked;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Garbage collection: finds what is needed, removes the rest.
 *
 * <p>Needed is what can be reached from the descriptors of index.json, from containers, and from
 * the leases of running work, and from the build cache; and active snapshots and views that a
 * person made. Everything happens under {@link Leases#GC_LOCK}, held alone, in an order that any
 * crash leaves whole: records that an image is unpacked, then snapshots from the top down, then
 * blobs.
 */
final class Collector {
  /** A container's writable snapshot has this label. */
  private static final String CONTAINER_LABEL = "phyllo.container";

  private final Phyllo engine;

  Collector(Phyllo engine) {
    this.engine = engine;
  }

  /** What must stay. */
  private record Needed(
      Reach reach,
      Set<String> snapshots,
      Map<Snapshotter, List<SnapshotInfo>> existing,
      boolean alone) {}

  /** Removes everything that is not needed. */
  Collected collect() {
    List<String> containers = Linux.isSupported() ? engine.containers().sweep() : List.of();
    Collected collected;
    try (FileLocker.Held _ = alone()) {
      BuildCache builds = new BuildCache(engine.dirs());
      builds.forget(TimeUnit.DAYS.toMillis(BuildCache.KEPT_DAYS), Set.of());
      Needed needed = mark();
      Tally tally = new Tally(engine);
      if (needed.alone) {
        tally.leftovers += builds.removeTemporaries();
      }
      tally.containers.addAll(containers);
      sweepRecords(needed, null);
      if (Linux.isSupported()) {
        for (Snapshotter snapshotter : needed.existing.keySet()) {
          tally.leftovers += unpacker(snapshotter).removeAbandoned();
        }
        sweepSnapshots(needed, null, tally);
      }
      sweepBlobs(needed, null, tally);
      tally.leftovers += engine.content().removeStaleIngests();
      tally.leftovers += engine.names().removeTemporaries();
      if (needed.alone) {
        // Nobody is bringing anything, so nobody is writing such a record or waits for such a lock.
        for (Snapshotter snapshotter : needed.existing.keySet()) {
          tally.leftovers += engine.unpackedRecords().removeTemporaries(snapshotter.name());
        }
      }
      collected = tally.result();
    }
    if (!Linux.isSupported()) {
      return collected;
    }
    int rubbish = 0;
    for (Snapshotter snapshotter : snapshotters()) {
      rubbish += snapshotter.cleanup();
    }
    return new Collected(
        collected.containers(),
        collected.snapshots(),
        collected.blobs(),
        collected.leftovers() + rubbish,
        collected.bytes());
  }

  /**
   * Removes what only these needed, and nothing else.
   *
   * @param removed where the names pointed that are gone now
   */
  Collected collect(Descriptor removed) {
    try (FileLocker.Held _ = alone()) {
      Reach gone = reach();
      try {
        gone.follow(removed);
      } catch (CorruptException _) {
        // A damaged image can be removed too; what it no longer leads to is left to collect().
      }
      Needed needed = mark();
      Tally tally = new Tally(engine);
      sweepRecords(needed, gone);
      if (Linux.isSupported()) {
        sweepSnapshots(needed, gone, tally);
      }
      sweepBlobs(needed, gone, tally);
      return tally.result();
    }
  }

  Reach reach() {
    return new Reach(engine.content());
  }

  private FileLocker.Held alone() {
    return engine.locks().acquire(Leases.GC_LOCK, Locks.Mode.EXCLUSIVE);
  }

  /** Counts what goes. */
  private static final class Tally {
    private final Phyllo engine;
    final List<String> containers = new ArrayList<>();
    final List<String> snapshots = new ArrayList<>();
    final List<Digest> blobs = new ArrayList<>();
    int leftovers;
    long bytes;

    Tally(Phyllo engine) {
      this.engine = engine;
    }

    void delete(Digest blob) {
      long size = engine.content().size(blob).orElse(0L);
      if (engine.content().delete(blob)) {
        blobs.add(blob);
        bytes += size;
      }
    }

    Collected result() {
      return new Collected(containers, snapshots, blobs, leftovers, bytes);
    }
  }

  private Needed mark() {
    // Leases first: one that has ended by now has its names written, which are read next. And
    // snapshots before containers: one that is there by now has its container's record written.
    Leases.Protected leased = engine.leases().collect();
    Map<Snapshotter, List<SnapshotInfo>> existing = new LinkedHashMap<>();
    for (Snapshotter snapshotter : snapshotters()) {
      existing.put(snapshotter, Linux.isSupported() ? snapshotter.list() : List.of());
    }
    Reach reach = reach();
    for (Descriptor d : engine.names().descriptors()) {
      reach.follow(d);
    }
    Set<String> snapshots = new HashSet<>(leased.snapshots());
    Set<String> containers = new HashSet<>();
    if (Linux.isSupported()) {
      for (Container c : engine.containers().list()) {
        containers.add(c.id());
        reach.follow(c.spec().image().manifest());
        c.spec().image().chainId().ifPresent(chainId -> snapshots.add(chainId.toString()));
      }
    }
    reach.followReferrers(engine.content().list());
    reach.blobs().addAll(leased.digests());
    BuildCache builds = new BuildCache(engine.dirs());
    reach.blobs().addAll(builds.blobs());
    snapshots.addAll(builds.snapshots());
    snapshots.addAll(reach.snapshots());
    for (List<SnapshotInfo> stacks : existing.values()) {
      addStacks(stacks, snapshots, containers);
    }
    return new Needed(reach, snapshots, existing, leased.live() == 0);
  }

  /** Adds the snapshots that are roots themselves, and what all of them stand on. */
  private static void addStacks(
      List<SnapshotInfo> existing, Set<String> snapshots, Set<String> containers) {
    Map<String, SnapshotInfo> all = new HashMap<>();
    for (SnapshotInfo info : existing) {
      all.put(info.key(), info);
      if (isRoot(info, containers)) {
        snapshots.add(info.key());
      }
    }
    for (String key : List.copyOf(snapshots)) {
      SnapshotInfo info = all.get(key);
      while (info != null && info.parent().isPresent() && snapshots.add(info.parent().get())) {
        info = all.get(info.parent().get());
      }
    }
  }

  private static boolean isRoot(SnapshotInfo info, Set<String> containers) {
    if (info.kind() == Kind.COMMITTED) {
      // One that is not named by a chainID was named by a person, who will remove it.
      return !Digest.isValid(info.key());
    }
    if (info.labels().containsKey(CONTAINER_LABEL)) {
      return containers.contains(info.key());
    }
    // Half-unpacked layers are told from dead ones by their locks.
    return true;
  }

  private void sweepRecords(Needed needed, @Nullable Reach only) {
    for (Snapshotter snapshotter : needed.existing.keySet()) {
      String driver = snapshotter.name();
      for (Unpacked record : engine.unpackedRecords().list(driver)) {
        Digest manifest = record.manifest();
        boolean candidate = only == null || only.manifests().contains(manifest);
        if (candidate && !needed.reach.blobs().contains(manifest)) {
          engine.unpackedRecords().remove(driver, manifest);
        }
      }
    }
  }

  private void sweepSnapshots(Needed needed, @Nullable Reach only, Tally tally) {
    needed.existing.forEach(
        (snapshotter, existing) -> sweepSnapshots(snapshotter, existing, needed, only, tally));
  }

  private static void sweepSnapshots(
      Snapshotter snapshotter,
      List<SnapshotInfo> existing,
      Needed needed,
      @Nullable Reach only,
      Tally tally) {
    Map<String, SnapshotInfo> going = new HashMap<>();
    for (SnapshotInfo info : existing) {
      boolean candidate = only == null || only.snapshots().contains(info.key());
      if (candidate && !needed.snapshots.contains(info.key())) {
        going.put(info.key(), info);
      }
    }
    for (String key : childrenFirst(going)) {
      try {
        long bytes = snapshotter.usage(key).bytes();
        snapshotter.remove(key);
        tally.snapshots.add(key);
        tally.bytes += bytes;
      } catch (NotFoundException | ConflictException _) {
        // Somebody removed it, or prepared a container on it, a moment ago.
      }
    }
  }

  private static List<String> childrenFirst(Map<String, SnapshotInfo> going) {
    Map<String, Integer> depths = new HashMap<>();
    List<String> order = new ArrayList<>(going.keySet());
    order.sort(null);
    for (String key : order) {
      int depth = 0;
      SnapshotInfo info = going.get(key);
      while (info != null && depth <= going.size()) {
        depth++;
        info = info.parent().map(going::get).orElse(null);
      }
      depths.put(key, depth);
    }
    order.sort((a, b) -> Integer.compare(depths.getOrDefault(b, 0), depths.getOrDefault(a, 0)));
    return order;
  }

  private void sweepBlobs(Needed needed, @Nullable Reach only, Tally tally) {
    if (only != null) {
      for (Digest digest : only.blobs()) {
        if (!needed.reach.blobs().contains(digest)) {
          tally.delete(digest);
        }
      }
      return;
    }
    for (BlobInfo blob : engine.content().list()) {
      if (!needed.reach.blobs().contains(blob.digest())) {
        tally.delete(blob.digest());
      }
    }
  }

  private Unpacker unpacker(Snapshotter snapshotter) {
    return new Unpacker(
        engine.content(),
        snapshotter,
        engine.unpackedRecords(),
        engine.locks(),
        engine.options().steps());
  }

  private List<Snapshotter> snapshotters() {
    return Snapshotters.used(engine.dirs(), engine.locks(), engine.options().steps());
  }
}

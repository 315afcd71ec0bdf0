package dev.phyllo.engine;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.Volumes;
import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.PlainTree;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.Image;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Counts what takes space, and how much of it nobody uses. */
final class Counting {
  private final Phyllo engine;
  private final List<Container> containers;

  Counting(Phyllo engine) {
    this.engine = engine;
    containers = Linux.isSupported() ? engine.containers().list() : List.of();
  }

  List<DiskUsage> count() {
    Map<Digest, Long> sizes = new HashMap<>();
    for (BlobInfo blob : engine.content().list()) {
      sizes.put(blob.digest(), blob.size());
    }
    List<DiskUsage> rows = new ArrayList<>();
    rows.add(images(sizes));
    if (Linux.isSupported()) {
      rows.add(containers());
      rows.add(volumes());
    }
    rows.add(buildCache(sizes));
    if (Linux.isSupported()) {
      rows.add(snapshots());
    }
    rows.add(blobs(sizes));
    return rows;
  }

  private DiskUsage images(Map<Digest, Long> sizes) {
    Set<Digest> used = new HashSet<>();
    Set<Digest> everything = new HashSet<>();
    Set<Digest> targets = new HashSet<>();
    int active = 0;
    for (Image image : engine.names().list()) {
      if (!targets.add(image.target().digest())) {
        continue;
      }
      Reach reach = reach(image.target());
      everything.addAll(reach.blobs());
      boolean inUse = false;
      for (Container c : containers) {
        inUse |= reach.manifests().contains(c.spec().image().manifest());
      }
      if (inUse) {
        active++;
        used.addAll(reach.blobs());
      }
    }
    long size = sum(everything, sizes);
    return new DiskUsage("Images", targets.size(), active, size, size - sum(used, sizes));
  }

  private DiskUsage containers() {
    long size = 0;
    long stopped = 0;
    int running = 0;
    for (Container c : containers) {
      long own = usage(c.id());
      size += own;
      if (engine.containers().isRunning(c)) {
        running++;
      } else {
        stopped += own;
      }
    }
    return new DiskUsage("Containers", containers.size(), running, size, stopped);
  }

  private DiskUsage volumes() {
    Volumes volumes = engine.containers().volumes();
    Set<String> used = volumes.used();
    long size = 0;
    long idle = 0;
    int total = 0;
    int active = 0;
    for (NamedVolume v : volumes.list()) {
      long own = PlainTree.usage(v.data()).bytes();
      total++;
      size += own;
      if (used.contains(v.name())) {
        active++;
      } else {
        idle += own;
      }
    }
    return new DiskUsage("Local Volumes", total, active, size, idle);
  }

  private DiskUsage buildCache(Map<Digest, Long> sizes) {
    Set<Digest> ofImages = new HashSet<>();
    for (Image image : engine.names().list()) {
      ofImages.addAll(reach(image.target()).blobs());
    }
    BuildCache cache = new BuildCache(engine.dirs());
    Set<Digest> layers = new HashSet<>();
    int total = 0;
    int active = 0;
    for (StepRecord step : cache.steps().values()) {
      total++;
      Optional<Digest> blob = step.blob().map(Descriptor::digest);
      if (blob.isPresent() && layers.add(blob.get())) {
        active += ofImages.contains(blob.get()) ? 1 : 0;
      }
    }
    // What they share with images is not free without them.
    long mounts = Linux.isSupported() ? mounts(cache) : 0;
    long all = sum(layers, sizes) + mounts;
    layers.removeAll(ofImages);
    return new DiskUsage("Build Cache", total, active, all, sum(layers, sizes) + mounts);
  }

  private static long mounts(BuildCache cache) {
    return Files.isDirectory(cache.mounts()) ? PlainTree.usage(cache.mounts()).bytes() : 0;
  }

  private DiskUsage snapshots() {
    Snapshotter snapshotter = engine.snapshotter();
    Map<String, SnapshotInfo> all = new HashMap<>();
    for (SnapshotInfo info : snapshotter.list()) {
      all.put(info.key(), info);
    }
    Set<String> used = new HashSet<>();
    for (SnapshotInfo info : all.values()) {
      // What somebody writes to or looks at holds everything below it.
      SnapshotInfo at = info.kind() == Kind.COMMITTED ? null : info;
      while (at != null && used.add(at.key())) {
        at = at.parent().map(all::get).orElse(null);
      }
    }
    int total = 0;
    int active = 0;
    long size = 0;
    long idle = 0;
    for (SnapshotInfo info : all.values()) {
      if (info.kind() != Kind.COMMITTED) {
        continue; // counted with the containers, or made by hand and alive
      }
      long own = usage(info.key());
      total++;
      size += own;
      if (used.contains(info.key())) {
        active++;
      } else {
        idle += own;
      }
    }
    return new DiskUsage("Snapshots", total, active, size, idle);
  }

  private DiskUsage blobs(Map<Digest, Long> sizes) {
    Set<Digest> needed = new HashSet<>();
    for (Descriptor d : engine.names().descriptors()) {
      needed.addAll(reach(d).blobs());
    }
    for (Container c : containers) {
      Reach reach = new Reach(engine.content());
      reach.follow(c.spec().image().manifest());
      needed.addAll(reach.blobs());
    }
    needed.retainAll(sizes.keySet());
    long size = sum(sizes.keySet(), sizes);
    return new DiskUsage("Blobs", sizes.size(), needed.size(), size, size - sum(needed, sizes));
  }

  private Reach reach(Descriptor target) {
    Reach reach = new Reach(engine.content());
    try {
      reach.follow(target);
    } catch (CorruptException _) {
      // Counting goes on with what was reached; doctor says what is wrong.
    }
    return reach;
  }

  private long usage(String key) {
    try {
      return engine.snapshotter().usage(key).bytes();
    } catch (NotFoundException _) {
      return 0; // Not started yet, or gone a moment ago.
    }
  }

  private static long sum(Set<Digest> digests, Map<Digest, Long> sizes) {
    long sum = 0;
    for (Digest digest : digests) {
      sum += sizes.getOrDefault(digest, 0L);
    }
    return sum;
  }
}

package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.snapshots.ExpectedTree;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.SnapshotRepair;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.snapshots.WhiteoutStyle;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.Image;
import dev.phyllo.store.Lease;
import dev.phyllo.store.Unpacked;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Looks at the snapshots: their records, their directories, and what is in them. */
final class SnapshotCheck {
  private static final String UNPACK = "doctor --repair unpacks the layer again";

  private final Phyllo engine;
  private final Findings findings;
  private final boolean deep;
  private final Snapshotter snapshots;
  private final ContentStore content;

  /** By chainID, the layers it ends, base first. */
  private final Map<String, List<Layer>> chains = new LinkedHashMap<>();

  SnapshotCheck(Phyllo engine, Findings findings, boolean deep) {
    this.engine = engine;
    this.findings = findings;
    this.deep = deep;
    this.snapshots = engine.snapshotter();
    this.content = engine.content();
  }

  /** Where a snapshot comes from. */
  private record Layer(Digest chainId, Descriptor blob, Digest diffId) {}

  /**
   * Looks.
   *
   * @param damaged blobs that are no use
   */
  void check(Set<Digest> damaged) {
    Map<Digest, Manifest> manifests = readChains();
    List<SnapshotInfo> all;
    try {
      all = snapshots.list();
    } catch (CorruptException e) {
      findings.broken(e.thing(), e.why(), e.remedy());
      return;
    }
    Set<String> present = new HashSet<>();
    Set<String> busy = busy(all);
    List<SnapshotInfo> committed = new ArrayList<>();
    for (SnapshotInfo info : all) {
      if (info.kind() == Kind.COMMITTED) {
        committed.add(info);
        present.add(info.key());
      } else if (!Files.isDirectory(info.directory())) {
        findings.repairable(
            "snapshot " + info.key(),
            "its directory " + info.directory() + " is missing, and what was written there lost",
            "doctor --repair removes the record",
            () -> {
              snapshots.remove(info.key());
              return "the record was removed";
            });
      }
    }
    // Base first: a layer is unpacked again on whole ones.
    committed.sort((a, b) -> Integer.compare(depth(a, all), depth(b, all)));
    for (SnapshotInfo info : committed) {
      checkOne(info, damaged, busy.contains(info.key()));
    }
    checkRecords(manifests, present);
  }

  private static int depth(SnapshotInfo info, List<SnapshotInfo> all) {
    int depth = 0;
    SnapshotInfo at = info;
    while (at != null && at.parent().isPresent() && depth < all.size()) {
      String parent = at.parent().get();
      at = null;
      for (SnapshotInfo other : all) {
        if (other.key().equals(parent)) {
          at = other;
        }
      }
      depth++;
    }
    return depth;
  }

  /** What running containers stand on cannot be exchanged under them. */
  private Set<String> busy(List<SnapshotInfo> all) {
    Map<String, SnapshotInfo> byKey = new LinkedHashMap<>();
    for (SnapshotInfo info : all) {
      byKey.put(info.key(), info);
    }
    Set<String> busy = new HashSet<>();
    for (Container c : engine.containers().list()) {
      if (engine.containers().isRunning(c)) {
        SnapshotInfo at = byKey.get(c.id());
        while (at != null && busy.add(at.key())) {
          at = at.parent().map(byKey::get).orElse(null);
        }
      }
    }
    return busy;
  }

  private Map<Digest, Manifest> readChains() {
    Reach reach = new Reach(content);
    for (Image image : engine.names().list()) {
      follow(() -> reach.follow(image.target()));
    }
    for (Container c : engine.containers().list()) {
      follow(() -> reach.follow(c.spec().image().manifest()));
    }
    Map<Digest, Manifest> manifests = new LinkedHashMap<>();
    for (Digest digest : reach.manifests()) {
      try {
        Manifest manifest =
            Manifest.parse(content.readTrusted(digest, JsonCodec.MAX_BYTES), digest.toString());
        ImageConfig config = engine.imageReader().config(manifest);
        if (config.diffIds().size() != manifest.layers().size()) {
          continue;
        }
        manifests.put(digest, manifest);
        List<Layer> stack = new ArrayList<>();
        List<Digest> chainIds = ChainId.of(config.diffIds());
        for (int i = 0; i < chainIds.size(); i++) {
          stack.add(new Layer(chainIds.get(i), manifest.layers().get(i), config.diffIds().get(i)));
          chains.putIfAbsent(chainIds.get(i).toString(), List.copyOf(stack));
        }
      } catch (InvalidException | NotFoundException _) {
        // Said where names are checked, or not an image.
      }
    }
    return manifests;
  }

  private static void follow(Runnable step) {
    try {
      step.run();
    } catch (CorruptException _) {
      // Said where blobs are checked; what was reached so far counts.
    }
  }

  private void checkOne(SnapshotInfo info, Set<Digest> damaged, boolean busy) {
    List<Layer> stack = chains.get(info.key());
    Path fs = snapshots.layerDirectory(info.key());
    boolean known =
        stack != null
            && content.has(stack.getLast().blob().digest())
            && !damaged.contains(stack.getLast().blob().digest());
    String problem = "";
    if (!Files.isDirectory(fs)) {
      problem = "its directory " + fs + " is missing";
    } else if (stack != null && known) {
      List<String> differences = differences(stack, fs);
      if (!differences.isEmpty()) {
        problem =
            differences.getFirst()
                + (differences.size() == 1
                    ? ""
                    : " (and " + (differences.size() - 1) + " more differences)")
                + " in "
                + fs;
      }
    }
    if (problem.isEmpty()) {
      return;
    }
    String thing = "snapshot " + info.key();
    if (stack == null || !known) {
      findings.broken(
          thing,
          problem,
          stack == null
              ? "nobody knows which layer it was made from: remove what stands on it, then it"
              : "its layer "
                  + stack.getLast().blob().digest()
                  + " is damaged or lost too: load the image again, then doctor --repair");
    } else if (busy) {
      findings.broken(thing, problem, "a running container stands on it: stop that first");
    } else {
      findings.repairable(thing, problem, UNPACK, () -> unpackAgain(stack));
    }
  }

  private List<String> differences(List<Layer> stack, Path fs) {
    ExpectedTree expected = new ExpectedTree(snapshots.whiteoutStyle(), deep);
    boolean whole = snapshots.whiteoutStyle() == WhiteoutStyle.PLAIN;
    for (int i = whole ? 0 : stack.size() - 1; i < stack.size(); i++) {
      boolean first = i == 0;
      Layer layer = stack.get(i);
      StoredLayer stored =
          StoredLayer.read(content, layer.blob().digest(), tar -> expected.add(tar, first));
      if (stored.problem().isPresent() || !stored.diffId().equals(Optional.of(layer.diffId()))) {
        return List.of(); // The blob is what its digest says, but not a layer: verify says more.
      }
    }
    return expected.compare(fs);
  }

  private String unpackAgain(List<Layer> stack) {
    Layer layer = stack.getLast();
    Optional<Digest> parent =
        stack.size() == 1 ? Optional.empty() : Optional.of(stack.get(stack.size() - 2).chainId());
    try (Lease lease = engine.leases().begin()) {
      lease.protect(layer.blob().digest());
      lease.protectSnapshot(layer.chainId().toString());
      new SnapshotRepair(content, snapshots, engine.locks(), engine.options().steps())
          .repair(layer.chainId(), parent, layer.blob(), layer.diffId());
    }
    return "unpacked again from layer " + layer.blob().digest();
  }

  /** Records that an image is unpacked, against the snapshots. */
  private void checkRecords(Map<Digest, Manifest> manifests, Set<String> present) {
    String driver = snapshots.name();
    Set<Digest> readable = new HashSet<>();
    for (Unpacked record : engine.unpackedRecords().list(driver)) {
      readable.add(record.manifest());
      Manifest manifest = manifests.get(record.manifest());
      for (Digest chainId : record.chainIds()) {
        if (!present.contains(chainId.toString())) {
          String thing = "image " + record.manifest();
          String problem = "recorded as unpacked, but snapshot " + chainId + " is missing";
          if (manifest == null) {
            findings.repairable(
                thing, problem, "doctor --repair removes the record", () -> forget(record));
          } else {
            findings.repairable(thing, problem, UNPACK, () -> unpack(record.manifest(), manifest));
          }
          break;
        }
      }
    }
    for (String file : DurableFiles.names(engine.dirs().unpacked(driver))) {
      String digest = file.replace(".json", "").replace('-', ':');
      if (file.startsWith(".")
          || Digest.isValid(digest) && readable.contains(Digest.parse(digest))) {
        continue;
      }
      Path path = engine.dirs().unpacked(driver).resolve(file);
      findings.repairable(
          path.toString(),
          "a record of unpacking that cannot be read",
          "doctor --repair removes it; the next run unpacks the image again",
          () -> {
            dev.phyllo.store.DurableFiles.deleteTree(path);
            Manifest manifest = Digest.isValid(digest) ? manifests.get(Digest.parse(digest)) : null;
            return manifest == null ? "removed" : unpack(Digest.parse(digest), manifest);
          });
    }
  }

  private String forget(Unpacked record) {
    engine.unpackedRecords().remove(snapshots.name(), record.manifest());
    return "the record was removed";
  }

  private String unpack(Digest digest, Manifest manifest) {
    engine.unpackedRecords().remove(snapshots.name(), digest);
    long size = content.size(digest).orElse(0L);
    engine
        .unpacking()
        .unpack(new Images.Chosen(Descriptor.of(manifest.mediaType(), digest, size), manifest));
    return "unpacked again";
  }
}

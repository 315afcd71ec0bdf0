package dev.phyllo.build.cache;

import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import dev.phyllo.store.Records;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The build cache of a namespace, beside its images:
 *
 * <pre>
 * cache/build/steps/KEY.json    what a step with these inputs made
 * cache/build/last/SLOT.json    what went into a line of a Containerfile the last time: for --explain
 * cache/build/images/KEY.json   when an image with this content was first made
 * cache/build/trees/            indexes of layers
 * cache/build/files/            digests of context files
 * cache/build/mounts/           directories of RUN --mount=type=cache
 * </pre>
 *
 * <p>A record is written once what it names is in the store, and replaced atomically; it may be
 * lost in a power failure, which costs a step done again. When it was last of use is its file's
 * time. A record keeps its layer, and the snapshot of it, from collection; who collects forgets
 * steps that have not been of use for {@link #KEPT_DAYS} days, and who prunes forgets more.
 */
public final class BuildCache {
  /** How long a step that is of no use stays. */
  public static final int KEPT_DAYS = 7;

  private final Path base;
  private final Records steps;
  private final Records last;
  private final Records images;

  /** The cache of a namespace. */
  public BuildCache(NamespaceDirs dirs) {
    base = dirs.base().resolve("cache").resolve("build");
    steps = new Records(base.resolve("steps"));
    last = new Records(base.resolve("last"));
    images = new Records(base.resolve("images"));
  }

  /** Where the indexes of layers are. */
  public Path trees() {
    return base.resolve("trees");
  }

  /** Where the digests of context files are. */
  public Path files() {
    return base.resolve("files");
  }

  /** Where cache mounts are. */
  public Path mounts() {
    return base.resolve("mounts");
  }

  /** Where running builds have temporary files. */
  public Path temporary() {
    Path directory = base.resolve("tmp");
    DurableFiles.createDirectories(directory);
    return directory;
  }

  /** What a step made, if it is known; marks it as used. */
  public Optional<StepRecord> find(Digest key) {
    Optional<JsonObject> record;
    try {
      record = steps.read(key.hex());
    } catch (CorruptException _) {
      return Optional.empty(); // A power failure came between: the step is done again.
    }
    if (record.isEmpty()) {
      return Optional.empty();
    }
    try {
      StepRecord found = StepRecord.fromJson(record.get());
      touch(steps.file(key.hex()));
      return Optional.of(found);
    } catch (InvalidException _) {
      return Optional.empty();
    }
  }

  /** Keeps what a step made. */
  public void put(Digest key, StepRecord record) {
    steps.write(key.hex(), record.toJson(), false);
  }

  /** All steps by their keys. */
  public Map<String, StepRecord> steps() {
    Map<String, StepRecord> all = new HashMap<>();
    for (String key : steps.keys()) {
      try {
        steps.read(key).ifPresent(o -> all.put(key, StepRecord.fromJson(o)));
      } catch (CorruptException | InvalidException _) {
        steps.delete(key);
      }
    }
    return all;
  }

  /** When a step was last of use, in milliseconds since 1970. */
  public long lastUsed(String key) {
    try {
      return Files.getLastModifiedTime(steps.file(key)).toMillis();
    } catch (IOException _) {
      return 0;
    }
  }

  /** What went into a line of a Containerfile the last time it was done here. */
  public Map<String, String> lastInputs(String slot) {
    Map<String, String> inputs = new HashMap<>();
    try {
      Optional<JsonObject> record = last.read(slot);
      if (record.isPresent()) {
        for (Map.Entry<String, Json> e : record.get().value().members().entrySet()) {
          if (e.getValue() instanceof Json.Text text) {
            inputs.put(e.getKey(), text.value());
          }
        }
      }
    } catch (CorruptException _) {
      // Then nobody knows.
    }
    return inputs;
  }

  /** Keeps what went into a line of a Containerfile. */
  public void putLastInputs(String slot, StepInputs inputs) {
    last.write(slot, inputs.toJson(), false);
  }

  /** When an image with this content was first made, as RFC 3339 text. */
  public Optional<String> imageCreated(Digest content) {
    try {
      return images.read(content.hex()).flatMap(o -> o.string("created"));
    } catch (CorruptException _) {
      return Optional.empty();
    }
  }

  /** Keeps when an image with this content was made. */
  public void putImageCreated(Digest content, String created) {
    images.write(content.hex(), new JsonBuilder().put("created", created).build(), false);
  }

  /**
   * Forgets steps.
   *
   * @param olderThanMillis only those that were not of use for so long
   * @param kept blobs whose steps stay in any case
   * @return how many
   */
  public int forget(long olderThanMillis, Set<Digest> kept) {
    long now = System.currentTimeMillis();
    int forgotten = 0;
    for (Map.Entry<String, StepRecord> step : steps().entrySet()) {
      Optional<Layer> layer = step.getValue().layer();
      boolean wanted = layer.isPresent() && kept.contains(layer.get().blob().digest());
      if (!wanted && now - lastUsed(step.getKey()) >= olderThanMillis) {
        forgotten += steps.delete(step.getKey()) ? 1 : 0;
      }
    }
    return forgotten;
  }

  /**
   * Forgets everything: steps, what helps them, and cache mounts that no command is using.
   *
   * @return how many steps and cache mounts
   */
  public int forgetAll(Locks locks) {
    int forgotten = forget(0, Set.of());
    for (Path directory : List.of(last.directory(), images.directory(), trees(), files())) {
      for (String name : DurableFiles.names(directory)) {
        DurableFiles.deleteTree(directory.resolve(name));
      }
    }
    for (String name : DurableFiles.names(mounts())) {
      try (FileLocker.Held held = locks.tryAcquire(mountLock(name), Locks.Mode.EXCLUSIVE)) {
        if (held != null) {
          DurableFiles.deleteTree(mounts().resolve(name));
          forgotten++;
        }
      }
    }
    return forgotten;
  }

  /** The lock of a cache mount's directory, held while a command uses it. */
  public static String mountLock(String name) {
    return "build-cache-" + name;
  }

  /**
   * Deletes the temporary files of builds that were killed. The caller knows that none is running.
   *
   * @return how many
   */
  public int removeTemporaries() {
    int removed = 0;
    Path directory = base.resolve("tmp");
    for (String name : DurableFiles.names(directory)) {
      DurableFiles.deleteTree(directory.resolve(name));
      removed++;
    }
    removed += steps.removeTemporaries() + last.removeTemporaries() + images.removeTemporaries();
    return removed;
  }

  /** The snapshots of all layers that are kept, by name. */
  public Set<String> snapshots() {
    Set<String> names = new HashSet<>();
    for (StepRecord step : steps().values()) {
      Optional<Digest> parent = step.parent();
      step.layer()
          .ifPresent(layer ->
              names.add(
                  (parent.isPresent() ? ChainId.next(parent.get(), layer.diffId()) : layer.diffId())
                      .toString()));
    }
    return names;
  }

  /** The blobs of all layers that are kept. */
  public Set<Digest> blobs() {
    Set<Digest> blobs = new HashSet<>();
    for (StepRecord step : steps().values()) {
      step.layer().ifPresent(layer -> blobs.add(layer.blob().digest()));
    }
    return blobs;
  }

  private static void touch(Path file) {
    try {
      Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis()));
    } catch (IOException _) {
      // Pruned meanwhile, or a store that is read only.
    }
  }
}

package dev.phyllo.build;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.build.cache.StepInputs;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** The cache as one build uses it: looks up, explains, and does identical steps once. */
final class StepCache {
  private final BuildCache cache;
  private final ContentStore content;
  private final boolean ignored;
  private final boolean explain;
  private final String place;
  private final Map<Digest, CompletableFuture<StepRecord>> running = new HashMap<>();
  private final Map<Digest, StepRecord> used = new LinkedHashMap<>();
  private final Map<Digest, Learned> learned = new HashMap<>();

  /**
   * The cache of a build.
   *
   * @param content the store, under a lease
   * @param ignored whether nothing is looked up
   * @param explain whether to say why
   * @param place tells this Containerfile and context from others
   */
  StepCache(
      BuildCache cache, ContentStore content, boolean ignored, boolean explain, String place) {
    this.cache = cache;
    this.content = content;
    this.ignored = ignored;
    this.explain = explain;
    this.place = place;
  }

  BuildCache records() {
    return cache;
  }

  /**
   * A record whose layer is there, and stays until the build ends.
   *
   * @param key of a step
   */
  Optional<StepRecord> find(Digest key) {
    if (ignored) {
      return Optional.empty();
    }
    Optional<StepRecord> found = cache.find(key).filter(this::isThere);
    if (found.isEmpty()) {
      found = fetch(key);
    }
    found.ifPresent(record -> use(key, record));
    return found;
  }

  private boolean isThere(StepRecord record) {
    return record.layer().isEmpty() || content.has(record.layer().get().blob().digest());
  }

  /** What another cache has: its layer is brought when it is wanted. */
  private Optional<StepRecord> fetch(Digest key) {
    Learned known;
    synchronized (learned) {
      known = learned.get(key);
    }
    if (known == null) {
      return Optional.empty();
    }
    if (!isThere(known.record)) {
      Descriptor blob = known.record.layer().orElseThrow().blob();
      Optional<Path> file = known.elsewhere.find(blob.digest());
      if (file.isEmpty()) {
        return Optional.empty();
      }
      try (InputStream in = Files.newInputStream(file.get())) {
        content.ingest(blob, in);
      } catch (IOException _) {
        return Optional.empty(); // It is gone from there: the step is done.
      }
    }
    cache.put(key, known.record);
    return Optional.of(known.record);
  }

  private void use(Digest key, StepRecord record) {
    synchronized (used) {
      used.put(key, record);
    }
  }

  /** Keeps what a step made under a further key. */
  void put(Digest key, StepRecord record) {
    cache.put(key, record);
    use(key, record);
  }

  /** Every step of this build by its keys. */
  Map<Digest, StepRecord> used() {
    synchronized (used) {
      return new LinkedHashMap<>(used);
    }
  }

  /** Where another cache has its blobs. */
  interface Elsewhere {
    /** The file of a blob, if it is a file. */
    Optional<Path> find(Digest blob);
  }

  private record Learned(StepRecord record, Elsewhere elsewhere) {}

  /** Makes a step known that another cache has. */
  void learn(Digest key, StepRecord record, Elsewhere elsewhere) {
    synchronized (learned) {
      learned.putIfAbsent(key, new Learned(record, elsewhere));
    }
  }

  /**
   * The result of a step: known, or made now by whoever asks first.
   *
   * @param slot which line of the Containerfile it is
   * @param make does the step
   */
  StepRecord get(String slot, StepInputs inputs, Telling.Current step, Supplier<StepRecord> make) {
    Digest key = inputs.key();
    CompletableFuture<StepRecord> mine = new CompletableFuture<>();
    CompletableFuture<StepRecord> other;
    synchronized (running) {
      other = running.putIfAbsent(key, mine);
    }
    if (other != null) {
      step.cached();
      note(step, "the same step is done once in this build");
      try {
        return other.join();
      } catch (CompletionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw e;
      }
    }
    try {
      Optional<StepRecord> found = find(key);
      if (found.isPresent()) {
        step.cached();
        note(step, "hit: key " + key.shortHex() + ", made " + found.get().created());
        mine.complete(found.get());
        return found.get();
      }
      explainMiss(slot, inputs, step, key);
      StepRecord made = make.get();
      put(key, made);
      cache.putLastInputs(slotKey(slot), inputs);
      mine.complete(made);
      return made;
    } catch (RuntimeException e) {
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private void explainMiss(String slot, StepInputs inputs, Telling.Current step, Digest key) {
    if (!explain) {
      return;
    }
    if (ignored) {
      note(step, "miss: --no-cache");
      return;
    }
    Map<String, String> before = cache.lastInputs(slotKey(slot));
    String why;
    if (before.isEmpty()) {
      why = "this line was never built here";
    } else {
      why =
          inputs
              .firstDifference(before)
              .map(name -> name + " changed")
              .orElse("its result is no longer kept");
    }
    note(step, "miss: " + why + "; key " + key.shortHex());
  }

  void note(Telling.Current step, String text) {
    if (explain) {
      step.note(text);
    }
  }

  private String slotKey(String slot) {
    return Digest.sha256((place + "\n" + slot).getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .hex();
  }
}

package dev.phyllo.snapshots;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One snapshot of a {@link Snapshotter#commitAll}.
 *
 * @param name the name it will have
 * @param key the active snapshot
 * @param parent its parent from now on, if that is not the one it was prepared on; see {@link
 *     Snapshotter#canRebase()}
 * @param labels replace the active snapshot's labels unless empty
 * @param usage what it takes on the disk if the caller has just counted; counted otherwise
 */
public record Commit(
    String name,
    String key,
    Optional<String> parent,
    Map<String, String> labels,
    Optional<Usage> usage) {
  /** Keeps a copy. */
  public Commit {
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
  }

  /** A commit that changes nothing but the name. */
  public static Commit of(String name, String key) {
    return new Commit(name, key, Optional.empty(), Map.of(), Optional.empty());
  }
}

package dev.phyllo.snapshots;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of a snapshot without looking inside it.
 *
 * @param key its key, or its name once it is committed
 * @param kind what it can be used for
 * @param parent the committed snapshot it builds upon; none if it starts empty
 * @param labels free notes of whoever made it, sorted as they were given
 * @param created when it was prepared, in milliseconds since 1970-01-01 UTC
 * @param updated when it was last changed: committed, or its labels updated
 * @param directory the directory that belongs to this snapshot alone; nobody but root may enter it
 */
public record SnapshotInfo(
    String key,
    Kind kind,
    Optional<String> parent,
    Map<String, String> labels,
    long created,
    long updated,
    Path directory) {
  /** Keeps a copy. */
  public SnapshotInfo {
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
  }
}

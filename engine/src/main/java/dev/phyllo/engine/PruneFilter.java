package dev.phyllo.engine;

import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What pruning may take of what is not in use.
 *
 * @param beforeMillis only what was made before that time, in milliseconds since 1970
 * @param labels only what has all of these, each as {@code NAME} or {@code NAME=VALUE}
 * @param withoutLabels only what has none of these
 */
public record PruneFilter(long beforeMillis, List<String> labels, List<String> withoutLabels) {
  /** Everything. */
  public static final PruneFilter NONE = new PruneFilter(Long.MAX_VALUE, List.of(), List.of());

  /** Keeps copies. */
  public PruneFilter {
    labels = List.copyOf(labels);
    withoutLabels = List.copyOf(withoutLabels);
  }

  boolean takes(long createdMillis, Map<String, String> own) {
    if (createdMillis >= beforeMillis) {
      return false;
    }
    for (String label : labels) {
      if (!has(own, label)) {
        return false;
      }
    }
    for (String label : withoutLabels) {
      if (has(own, label)) {
        return false;
      }
    }
    return true;
  }

  /**
   * The same for what says by RFC 3339 when it was made; what does not say it was made long ago.
   */
  boolean takes(Optional<String> created, Map<String, String> own) {
    long millis = Long.MIN_VALUE;
    if (beforeMillis != Long.MAX_VALUE && created.isPresent()) {
      try {
        millis = OffsetDateTime.parse(created.get()).toInstant().toEpochMilli();
      } catch (DateTimeException | ArithmeticException _) {
        // As if it did not say.
      }
    }
    return takes(millis, own);
  }

  private static boolean has(Map<String, String> own, String label) {
    int equals = label.indexOf('=');
    return equals < 0
        ? own.containsKey(label)
        : label.substring(equals + 1).equals(own.get(label.substring(0, equals)));
  }
}

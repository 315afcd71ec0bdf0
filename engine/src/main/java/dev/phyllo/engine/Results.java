package dev.phyllo.engine;

import dev.phyllo.containers.Supervised;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the last containers ended with, for those who waited for one that is gone with its record.
 */
final class Results {
  private static final int KEPT = 1000;

  private final Map<String, Integer> statuses = new LinkedHashMap<>();

  synchronized void add(Supervised ended) {
    if (ended.exitStatus().isPresent() && ended.container().ephemeral()) {
      statuses.put(ended.container().id(), ended.exitStatus().get());
      if (statuses.size() > KEPT) {
        statuses.remove(statuses.keySet().iterator().next());
      }
    }
  }

  synchronized Optional<Integer> of(String id) {
    return Optional.ofNullable(statuses.get(id));
  }
}

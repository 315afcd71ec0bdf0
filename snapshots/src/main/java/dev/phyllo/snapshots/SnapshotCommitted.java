package dev.phyllo.snapshots;

import dev.phyllo.oci.Step;
import java.util.Map;

/**
 * An active snapshot became a committed one, durably.
 *
 * @param name its name from now on
 * @param key its key until now
 */
public record SnapshotCommitted(String name, String key) implements Step {
  @Override
  public String verb() {
    return "commit";
  }

  @Override
  public String subject() {
    return name;
  }

  @Override
  public Map<String, String> details() {
    return Map.of("key", key);
  }
}

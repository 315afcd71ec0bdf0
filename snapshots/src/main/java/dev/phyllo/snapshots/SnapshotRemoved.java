package dev.phyllo.snapshots;

import dev.phyllo.oci.Step;
import java.nio.file.Path;
import java.util.Map;

/**
 * A snapshot and its files were removed.
 *
 * @param key its key or name
 * @param directory the directory it had
 */
public record SnapshotRemoved(String key, Path directory) implements Step {
  @Override
  public String verb() {
    return "remove";
  }

  @Override
  public String subject() {
    return key;
  }

  @Override
  public Map<String, String> details() {
    return Map.of("directory", directory.toString());
  }
}

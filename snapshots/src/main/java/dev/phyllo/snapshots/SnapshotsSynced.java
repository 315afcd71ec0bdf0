package dev.phyllo.snapshots;

import dev.phyllo.oci.Step;
import java.nio.file.Path;
import java.util.Map;

/**
 * All that was written so far is on the disk (syncfs(2)).
 *
 * @param directory the snapshotter's directory, whose file system it is
 * @param nanos how long that took
 */
public record SnapshotsSynced(Path directory, long nanos) implements Step {
  @Override
  public String verb() {
    return "sync";
  }

  @Override
  public String subject() {
    return directory.toString();
  }

  @Override
  public Map<String, String> details() {
    return Map.of("nanos", Long.toString(nanos));
  }
}

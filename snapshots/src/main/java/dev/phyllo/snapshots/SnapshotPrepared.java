package dev.phyllo.snapshots;

import dev.phyllo.oci.Step;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot was made that can be written or looked at.
 *
 * @param key its key
 * @param kind active or a view
 * @param parent what it builds upon
 * @param directory its directory
 */
public record SnapshotPrepared(String key, Kind kind, Optional<String> parent, Path directory)
    implements Step {
  @Override
  public String verb() {
    return kind == Kind.VIEW ? "view" : "prepare";
  }

  @Override
  public String subject() {
    return key;
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("parent", parent.orElse("none"));
    details.put("directory", directory.toString());
    return details;
  }
}

package dev.phyllo.containers.volumes;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A volume that the engine keeps.
 *
 * @param name what containers call it by; 64 hexadecimal digits if nobody gave it a name
 * @param createdMillis when it was made, in milliseconds since 1970
 * @param labels what its maker noted
 * @param anonymous whether it was made for one container, with which it goes
 * @param data the directory that containers see
 */
public record NamedVolume(
    String name, long createdMillis, Map<String, String> labels, boolean anonymous, Path data) {

  /** Keeps a sorted copy. */
  public NamedVolume {
    labels = Map.copyOf(labels);
  }

  static NamedVolume fromJson(JsonObject o, Path data) {
    return new NamedVolume(
        o.requireString("name"),
        o.requireNumber("created"),
        o.stringMap("labels"),
        o.bool("anonymous").orElse(false),
        data);
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("name", name)
        .put("created", createdMillis)
        .putStringMap("labels", new TreeMap<>(labels))
        .put("anonymous", anonymous)
        .build();
  }
}

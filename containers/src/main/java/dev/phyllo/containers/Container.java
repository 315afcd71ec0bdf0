package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.nio.file.Path;

/**
 * A container as its record describes it.
 *
 * @param id 64 hexadecimal digits; also the key of its writable snapshot
 * @param name the name the user gave or the engine made
 * @param createdMillis when it was made, in milliseconds since 1970
 * @param ephemeral whether it goes when its process ends
 * @param spec how it starts
 */
public record Container(
    String id, String name, long createdMillis, boolean ephemeral, ContainerSpec spec) {

  /** The first twelve digits of the id: what people see in lists. */
  public String shortId() {
    return id.substring(0, 12);
  }

  /** Where its output is kept. */
  LogFiles logs(Path directory) {
    return new LogFiles(directory, spec.life().log());
  }

  Container withName(String newName) {
    return new Container(id, newName, createdMillis, ephemeral, spec);
  }

  Container with(ContainerSpec newSpec) {
    return new Container(id, name, createdMillis, ephemeral, newSpec);
  }

  /** As {@link ContainerSpec#asStarted} has it. */
  Container asStarted() {
    return new Container(id, name, createdMillis, ephemeral, spec.asStarted());
  }

  static Container fromJson(JsonObject o) {
    return new Container(
        o.requireString("id"),
        o.requireString("name"),
        o.requireNumber("created"),
        o.bool("ephemeral").orElse(false),
        ContainerSpec.fromJson(o.requireObject("spec")));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("id", id)
        .put("name", name)
        .put("created", createdMillis)
        .put("ephemeral", ephemeral)
        .put("spec", spec.toJson())
        .build();
  }
}

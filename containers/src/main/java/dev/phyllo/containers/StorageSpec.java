package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * A container's files beyond those of its image.
 *
 * @param readOnlyRoot whether the root is mounted read-only
 * @param volumes what else appears inside it, each at a place of its own
 */
public record StorageSpec(boolean readOnlyRoot, List<Volume> volumes) {

  /** Keeps copies. */
  public StorageSpec {
    volumes = List.copyOf(volumes);
  }

  /** Each anonymous volume gets a name of its own, since its container comes into being. */
  StorageSpec withNames() {
    boolean complete = true;
    for (Volume v : volumes) {
      complete &= !v.isAnonymous() || !v.source().isEmpty();
    }
    if (complete) {
      return this;
    }
    List<Volume> named = new ArrayList<>();
    for (Volume v : volumes) {
      boolean nameless = v.isAnonymous() && v.source().isEmpty();
      named.add(nameless ? v.named(ContainerNames.newId()) : v);
    }
    return new StorageSpec(readOnlyRoot, named);
  }

  static StorageSpec fromJson(JsonObject o) {
    List<Volume> volumes = new ArrayList<>();
    for (JsonObject v : o.objects("volumes")) {
      volumes.add(Volume.fromJson(v));
    }
    return new StorageSpec(o.bool("readOnlyRoot").orElse(false), volumes);
  }

  Json.Obj toJson() {
    List<Json> binds = new ArrayList<>();
    for (Volume v : volumes) {
      binds.add(v.toJson());
    }
    return new JsonBuilder()
        .put("readOnlyRoot", readOnlyRoot)
        .put("volumes", new Json.Array(binds))
        .build();
  }
}

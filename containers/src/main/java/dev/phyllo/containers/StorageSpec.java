package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A container's files beyond those of its image.
 *
 * @param readOnlyRoot whether the root is mounted read-only
 * @param volumes what else appears inside it, each at a place of its own
 * @param root the directory that is its root; empty if that is its image's
 */
public record StorageSpec(
    boolean readOnlyRoot, List<Volume> volumes, Optional<RootDirectory> root) {
  /** Those of a container with an image. */
  public StorageSpec(boolean readOnlyRoot, List<Volume> volumes) {
    this(readOnlyRoot, volumes, Optional.empty());
  }

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
    return new StorageSpec(readOnlyRoot, named, root);
  }

  static StorageSpec fromJson(JsonObject o) {
    List<Volume> volumes = new ArrayList<>();
    for (JsonObject v : o.objects("volumes")) {
      volumes.add(Volume.fromJson(v));
    }
    return new StorageSpec(
        o.bool("readOnlyRoot").orElse(false),
        volumes,
        o.has("root")
            ? Optional.of(RootDirectory.fromJson(o.requireObject("root")))
            : Optional.empty());
  }

  Json.Obj toJson() {
    List<Json> binds = new ArrayList<>();
    for (Volume v : volumes) {
      binds.add(v.toJson());
    }
    JsonBuilder b =
        new JsonBuilder().put("readOnlyRoot", readOnlyRoot).put("volumes", new Json.Array(binds));
    if (root.isPresent()) {
      b.put("root", root.get().toJson());
    }
    return b.build();
  }
}

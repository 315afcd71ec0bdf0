package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Digest;
import dev.phyllo.store.Image;
import java.util.ArrayList;
import java.util.List;

/** Takes a name away, and then what nothing refers to any more: records, snapshots, blobs. */
final class Removing {
  private final Phyllo engine;

  Removing(Phyllo engine) {
    this.engine = engine;
  }

  Removal remove(String nameOrId, boolean force) {
    Image image = engine.imageReader().find(nameOrId);
    List<String> going = namesToRemove(nameOrId, image, force);
    boolean last = true;
    for (Image other : engine.names().list()) {
      last &=
          !other.isNamed() // nothing is without a name that has one
              || going.contains(other.name())
              || !other.target().digest().equals(image.target().digest());
    }
    if (last && !force) {
      refuseIfInUse(nameOrId, image);
    }
    for (String name : going) {
      engine.names().remove(name);
    }
    if (!last) {
      return new Removal(going, List.of(), List.of());
    }
    if (going.isEmpty()) {
      engine.names().removeUnnamed(image.target().digest());
    }
    Collected collected = new Collector(engine).collect(image.target());
    return new Removal(going, collected.blobs(), collected.snapshots());
  }

  private List<String> namesToRemove(String nameOrId, Image image, boolean force) {
    List<String> all = new ArrayList<>();
    for (Image other : engine.names().list()) {
      if (other.isNamed() && other.target().digest().equals(image.target().digest())) {
        all.add(other.name());
      }
    }
    if (isName(nameOrId, image)) {
      return List.of(image.name());
    }
    if (all.size() > 1 && !force) {
      throw new ConflictException(
          nameOrId,
          "the image has " + all.size() + " names",
          "remove them one by one, or all with -f");
    }
    return all;
  }

  private static boolean isName(String nameOrId, Image image) {
    String hex = nameOrId.startsWith("sha256:") ? nameOrId.substring(7) : nameOrId;
    if (nameOrId.startsWith("sha256:") || hex.length() == 64 && Digest.isValid("sha256:" + hex)) {
      return false;
    }
    return dev.phyllo.oci.Reference.parse(nameOrId).canonical().equals(image.name());
  }

  private void refuseIfInUse(String nameOrId, Image image) {
    if (!Linux.isSupported()) {
      return;
    }
    Reach reach = new Collector(engine).reach();
    reach.follow(image.target());
    for (Container c : engine.containers().list()) {
      if (reach.manifests().contains(c.spec().image().manifest())) {
        throw new ConflictException(
            nameOrId,
            "container " + c.name() + " stands on it",
            "remove the container first, or use -f");
      }
    }
  }
}

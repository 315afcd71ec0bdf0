package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.store.Image;
import java.util.ArrayList;
import java.util.List;

/** Takes away what is not in use, as {@code docker image prune} and {@code system prune} do. */
final class Pruning {
  private final Phyllo engine;

  Pruning(Phyllo engine) {
    this.engine = engine;
  }

  Pruned images(boolean all) {
    List<String> untagged = all ? untagUnused() : List.of();
    return new Pruned(List.of(), untagged, new Collector(engine).collect());
  }

  Pruned everything(boolean all) {
    List<String> containers = new ArrayList<>();
    if (Linux.isSupported()) {
      for (Container c : engine.containers().list()) {
        try {
          engine.containers().remove(c);
          containers.add(c.id());
        } catch (ConflictException _) {
          // It runs.
        }
      }
    }
    List<String> untagged = all ? untagUnused() : List.of();
    return new Pruned(containers, untagged, new Collector(engine).collect());
  }

  private List<String> untagUnused() {
    List<Container> containers = Linux.isSupported() ? engine.containers().list() : List.of();
    List<String> untagged = new ArrayList<>();
    for (Image image : engine.names().list()) {
      Reach reach = new Reach(engine.content());
      reach.follow(image.target());
      boolean used = false;
      for (Container c : containers) {
        used |= reach.manifests().contains(c.spec().manifest());
      }
      if (!used && engine.names().remove(image.name())) {
        untagged.add(image.name());
      }
    }
    return untagged;
  }
}

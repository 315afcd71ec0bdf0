package dev.phyllo.engine;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.Volumes;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.store.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Takes away what is not in use, as {@code docker image prune} and {@code system prune} do. */
final class Pruning {
  private static final Volumes.Removed NO_VOLUMES = new Volumes.Removed(List.of(), 0);

  private final Phyllo engine;

  Pruning(Phyllo engine) {
    this.engine = engine;
  }

  Pruned images(boolean all) {
    List<String> untagged = removeUnused(all);
    return new Pruned(List.of(), NO_VOLUMES, untagged, new Collector(engine).collect());
  }

  Pruned containers() {
    return new Pruned(removeStopped(), NO_VOLUMES, List.of(), new Collector(engine).collect());
  }

  Pruned everything(boolean all, boolean volumes) {
    List<String> containers = removeStopped();
    List<String> untagged = removeUnused(all);
    forgetBuilds(all);
    Volumes.Removed removed =
        volumes && Linux.isSupported()
            ? engine.containers().volumes().prune(false, Map.of())
            : NO_VOLUMES;
    return new Pruned(containers, removed, untagged, new Collector(engine).collect());
  }

  private List<String> removeStopped() {
    List<String> removed = new ArrayList<>();
    if (Linux.isSupported()) {
      for (Container c : engine.containers().list()) {
        try {
          engine.containers().remove(c);
          removed.add(c.id());
        } catch (ConflictException _) {
          // It runs.
        }
      }
    }
    return removed;
  }

  /** Forgets steps of builds: all of them, or those whose layers are no image's. */
  private void forgetBuilds(boolean all) {
    BuildCache cache = new BuildCache(engine.dirs());
    if (all) {
      cache.forgetAll(engine.locks());
      return;
    }
    Reach reach = new Reach(engine.content());
    for (Image image : engine.names().list()) {
      reach.follow(image.target());
    }
    cache.forget(0, reach.blobs());
  }

  /** Removes the images that no container uses: all of them, or those without a name. */
  private List<String> removeUnused(boolean all) {
    List<Container> containers = Linux.isSupported() ? engine.containers().list() : List.of();
    List<String> removed = new ArrayList<>();
    for (Image image : engine.names().list()) {
      if ((!all && image.isNamed()) || isUsed(image, containers)) {
        continue;
      }
      String digest = image.target().digest().toString();
      if (!image.isNamed()) {
        engine.names().removeUnnamed(image.target().digest());
        removed.add(digest);
      } else if (engine.names().remove(image.name())) {
        removed.add(image.name());
      }
    }
    return removed;
  }

  private boolean isUsed(Image image, List<Container> containers) {
    Reach reach = new Reach(engine.content());
    try {
      reach.follow(image.target());
    } catch (CorruptException _) {
      // A damaged image can go like any other.
    }
    for (Container c : containers) {
      if (reach.blobs().contains(c.spec().image().manifest())) {
        return true;
      }
    }
    return false;
  }
}

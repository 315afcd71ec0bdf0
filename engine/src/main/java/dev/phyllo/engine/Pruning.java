package dev.phyllo.engine;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.Volumes;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.store.Image;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes away what is not in use, as {@code docker image prune} and {@code system prune} do. */
public final class Pruning {
  private static final Volumes.Removed NO_VOLUMES = new Volumes.Removed(List.of(), 0);

  private final Phyllo engine;

  Pruning(Phyllo engine) {
    this.engine = engine;
  }

  /**
   * Removes images that no container uses.
   *
   * @param all also those that have a name
   * @param filter which of them
   */
  public Pruned images(boolean all, PruneFilter filter) {
    List<String> untagged = removeUnused(all, filter);
    return new Pruned(List.of(), NO_VOLUMES, untagged, new Collector(engine).collect());
  }

  /**
   * Removes containers that do not run, and what nothing refers to after that.
   *
   * @param filter which of them
   */
  public Pruned containers(PruneFilter filter) {
    return new Pruned(
        removeStopped(filter), NO_VOLUMES, List.of(), new Collector(engine).collect());
  }

  /**
   * Removes containers that do not run, then images, steps of builds and what nothing refers to.
   *
   * @param all also images that have a name, and all steps
   * @param volumes also volumes without a name of their own that no container has any more
   * @param filter which containers and images
   */
  public Pruned everything(boolean all, boolean volumes, PruneFilter filter) {
    List<String> containers = removeStopped(filter);
    List<String> untagged = removeUnused(all, filter);
    forgetBuilds(all, filter);
    Volumes.Removed removed =
        volumes && Linux.isSupported()
            ? engine.containers().volumes().prune(false, Map.of())
            : NO_VOLUMES;
    return new Pruned(containers, removed, untagged, new Collector(engine).collect());
  }

  private List<String> removeStopped(PruneFilter filter) {
    List<String> removed = new ArrayList<>();
    if (Linux.isSupported()) {
      for (Container c : engine.containers().list()) {
        if (!filter.takes(c.createdMillis(), c.spec().life().labels())) {
          continue;
        }
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

  /**
   * Forgets steps of builds: all of them, or those whose layers are no image's; with a time, those
   * that were of no use since. They have no labels.
   */
  private void forgetBuilds(boolean all, PruneFilter filter) {
    if (!filter.takes(Long.MIN_VALUE, Map.of())) {
      return;
    }
    BuildCache cache = new BuildCache(engine.dirs());
    boolean any = filter.beforeMillis() == Long.MAX_VALUE;
    if (all && any) {
      cache.forgetAll(engine.locks());
      return;
    }
    Reach reach = new Reach(engine.content());
    for (Image image : engine.names().list()) {
      reach.follow(image.target());
    }
    long age = any ? 0 : System.currentTimeMillis() - filter.beforeMillis();
    cache.forget(age, all ? Set.of() : reach.blobs());
  }

  /** Removes the images that no container uses: all of them, or those without a name. */
  private List<String> removeUnused(boolean all, PruneFilter filter) {
    List<Container> containers = Linux.isSupported() ? engine.containers().list() : List.of();
    List<String> removed = new ArrayList<>();
    for (Image image : engine.names().list()) {
      if ((!all && image.isNamed()) || isUsed(image, containers) || !isTaken(image, filter)) {
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

  private boolean isTaken(Image image, PruneFilter filter) {
    if (filter.equals(PruneFilter.NONE)) {
      return true;
    }
    try {
      ImageConfig config = engine.image(image.target().digest().toString()).config();
      return filter.takes(config.created(), config.process().labels());
    } catch (PhylloException _) {
      return false; // nobody can tell what it is
    }
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

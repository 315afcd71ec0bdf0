package dev.phyllo.engine;

import dev.phyllo.containers.Volumes;
import java.util.List;

/**
 * What pruning took away.
 *
 * @param containers the ids of stopped containers that were removed
 * @param volumes the volumes that no container has any more
 * @param untagged the names of images that no container uses; the digest of one without a name
 * @param collected what nothing needed any more after that
 */
public record Pruned(
    List<String> containers, Volumes.Removed volumes, List<String> untagged, Collected collected) {
  /** Keeps copies. */
  public Pruned {
    containers = List.copyOf(containers);
    untagged = List.copyOf(untagged);
  }
}

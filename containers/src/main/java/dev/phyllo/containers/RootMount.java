package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.snapshots.DetachedMount;
import dev.phyllo.snapshots.Mount;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A container's root as a mount that is nowhere yet; see {@link DetachedMount}. */
final class RootMount {
  private RootMount() {}

  /**
   * Makes the mount that a snapshotter asks for.
   *
   * @param place the container's own mount point
   */
  static Fd open(List<Mount> mounts, Path place) {
    return DetachedMount.open(mounts, place);
  }

  static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }
}

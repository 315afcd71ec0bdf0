package dev.phyllo.snapshots;

import java.nio.file.Path;

/** Removes directories of the host by descriptor, as snapshots are removed. */
public final class TreeRemoval {
  private TreeRemoval() {}

  /**
   * Removes a file, or a directory and all in it, without following links or entering mounts;
   * nothing happens if there is none. It asks the kernel half as much as a walk by names does.
   *
   * @throws dev.phyllo.oci.SystemException if the system refuses; part of the tree may be gone then
   */
  public static void remove(Path tree) {
    Trees.remove(tree);
  }
}

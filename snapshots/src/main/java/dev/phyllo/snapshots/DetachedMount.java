package dev.phyllo.snapshots;

import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.oci.UnsupportedException;
import java.util.ArrayList;
import java.util.List;

/**
 * A snapshot's tree as a mount that is nowhere yet: fsmount(2) and open_tree(2) give a descriptor
 * through which the tree can be read, and which vanishes with its last holder. Nothing can be left
 * behind in a mount table, however the engine dies.
 */
public final class DetachedMount {
  private DetachedMount() {}

  /**
   * Makes the mount that a snapshotter asks for.
   *
   * @param mounts as {@link Snapshotter#mounts} gives them
   */
  public static Fd open(List<Mount> mounts) {
    if (mounts.size() != 1) {
      throw new UnsupportedException(
          "the snapshot's root", "takes " + mounts.size() + " mounts", "use overlayfs");
    }
    Mount mount = mounts.getFirst();
    if (!mount.isOverlay()) {
      Fd tree =
          Mounts.openTree(
              Fd.CWD, Trees.bytes(mount.source()), MountFlags.OPEN_TREE_CLONE | At.RECURSIVE);
      if (mount.isReadOnly()) {
        Mounts.setAttributes(tree, true, MountFlags.ATTR_RDONLY, 0, 0);
      }
      return tree;
    }
    List<byte[]> lowers = new ArrayList<>();
    for (String dir : mount.lowerDirs()) {
      lowers.add(Trees.bytes(dir));
    }
    return Mounts.overlay(
        lowers,
        mount.upperDir().isPresent() ? Trees.bytes(mount.upperDir().get()) : null,
        mount.workDir().isPresent() ? Trees.bytes(mount.workDir().get()) : null,
        mount.otherOptions(),
        mount.isReadOnly());
  }
}

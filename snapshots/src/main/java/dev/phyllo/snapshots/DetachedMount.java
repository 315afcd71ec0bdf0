package dev.phyllo.snapshots;

import dev.phyllo.linux.At;
import dev.phyllo.linux.ClassicOverlay;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UnsupportedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot's tree as a mount that is nowhere yet: fsmount(2) and open_tree(2) give a descriptor
 * through which the tree can be read, and which vanishes with its last holder. Nothing can be left
 * behind in a mount table, however the engine dies.
 */
public final class DetachedMount {
  /** Says to act as on a kernel that cannot take layer by layer; for tests. */
  private static final String CLASSIC = "dev.phyllo.mount.classic";

  private DetachedMount() {}

  /**
   * Makes the mount that a snapshotter asks for.
   *
   * @param mounts as {@link Snapshotter#mounts} gives them
   * @param place an existing directory; before Linux 6.5, many layers have to be mounted somewhere
   *     for a moment
   */
  public static Fd open(List<Mount> mounts, Path place) {
    if (mounts.size() != 1) {
      throw new UnsupportedException(
          "the snapshot's root", "takes " + mounts.size() + " mounts", "use overlayfs");
    }
    Mount mount = mounts.getFirst();
    if (!mount.isOverlay()) {
      Fd tree =
          Mounts.openTree(
              Fd.CWD, Trees.bytes(mount.source()), MountFlags.OPEN_TREE_CLONE | At.RECURSIVE);
      // Where the host's mounts are shared, what is mounted in a copy would appear on the host.
      int readOnly = mount.isReadOnly() ? MountFlags.ATTR_RDONLY : 0;
      Mounts.setAttributes(tree, true, readOnly, 0, MountFlags.MS_PRIVATE);
      return tree;
    }
    if (System.getProperty(CLASSIC) != null) {
      return classic(mount, place);
    }
    List<byte[]> lowers = new ArrayList<>();
    for (String dir : mount.lowerDirs()) {
      lowers.add(Trees.bytes(dir));
    }
    try {
      return Mounts.overlay(
          lowers, upper(mount), work(mount), mount.otherOptions(), mount.isReadOnly());
    } catch (InvalidException _) { // the names do not fit into what this kernel takes
      return classic(mount, place);
    }
  }

  /** By mount(2) with short names; taken off the place again, the descriptor keeps it. */
  static Fd classic(Mount mount, Path place) {
    List<String> all = mount.lowerDirs();
    Path first = Path.of(all.getFirst());
    // .../snapshots/overlayfs/7/fs: all start with the snapshotter's directory.
    Path fs = first.getParent();
    Path base = fs == null || fs.getParent() == null ? first : fs.getParent();
    List<byte[]> lowers = new ArrayList<>();
    for (String dir : all) {
      Path lower = Path.of(dir);
      lowers.add(Trees.bytes(lower.startsWith(base) ? base.relativize(lower).toString() : dir));
    }
    ClassicOverlay.mount(
        base.toString(),
        place.toString(),
        lowers,
        upper(mount),
        work(mount),
        mount.otherOptions(),
        mount.isReadOnly());
    byte[] target = Trees.bytes(place.toString());
    try {
      return Mounts.openTree(Fd.CWD, target, MountFlags.OPEN_TREE_CLONE);
    } finally {
      Mounts.umount(target, MountFlags.MNT_DETACH | MountFlags.UMOUNT_NOFOLLOW);
    }
  }

  private static byte @Nullable [] upper(Mount mount) {
    return mount.upperDir().isPresent() ? Trees.bytes(mount.upperDir().get()) : null;
  }

  private static byte @Nullable [] work(Mount mount) {
    return mount.workDir().isPresent() ? Trees.bytes(mount.workDir().get()) : null;
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileIdentity;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.MountNamespace;
import dev.phyllo.linux.Mounts;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A snapshot's tree as {@link DetachedMount} makes it, with its owners as a user namespace maps
 * them: what belongs to 0 on disk belongs to the namespace's root, and what that makes belongs to 0
 * on disk. Nothing is copied and no owner changed, so one layer serves containers with any mapping
 * and none, and what a container wrote can be committed, compared and started again whichever ids
 * it had.
 *
 * <p>An overlay cannot be mapped itself, but its layers can (Linux 5.19): each becomes a mapped
 * mount, and the overlay is made of those. They need a place for that moment, since overlayfs takes
 * nothing detached before Linux 6.15; that is in a mount namespace of a thread, and vanishes with
 * it.
 */
public final class MappedMount {
  private MappedMount() {}

  /**
   * Makes the mount.
   *
   * @param mounts as {@link Snapshotter#mounts} gives them
   * @param place an existing directory
   * @param users the user namespace
   * @param maps its maps
   * @throws UnsupportedException if the kernel or the file system below does not map owners
   */
  public static Fd open(List<Mount> mounts, Path place, Fd users, IdMaps maps) {
    if (mounts.size() != 1 || !mounts.getFirst().isOverlay()) {
      Fd tree = DetachedMount.open(mounts, place);
      map(tree, users, mounts.getFirst().source());
      return tree;
    }
    // Overlayfs works in its directories as who mounts it, so that has to be one of the users.
    return FileIdentity.as(
        maps.uids().outside(0),
        maps.gids().outside(0),
        () -> {
          MountNamespace.unshareThread();
          return overlay(mounts.getFirst(), place, users);
        });
  }

  /** In a mount namespace of this thread: each layer is mounted below the place, by a number. */
  private static Fd overlay(Mount mount, Path place, Fd users) {
    byte[] at = Trees.bytes(place.toString());
    Fd scratch =
        Mounts.fileSystem("tmpfs", List.of("mode=700"), MountFlags.ATTR_NOSUID); // goes with us
    try (scratch) {
      Mounts.moveMount(scratch, Fd.CWD, at);
      FileCalls.mkdirat(scratch, Trees.bytes("merged"), 0700);
      Path merged = place.resolve("merged");
      List<Path> lowers = new ArrayList<>();
      for (String lower : mount.lowerDirs()) {
        lowers.add(attach(scratch, place, lowers.size(), Path.of(lower), users));
      }
      if (mount.upperDir().isEmpty()) {
        return DetachedMount.open(List.of(Mount.overlay(lowers, mount.otherOptions())), merged);
      }
      // Both have to be on one mount, so their common directory is what is mapped.
      Path upper = Path.of(mount.upperDir().get());
      Path work = Path.of(mount.workDir().orElseThrow());
      Path own = attach(scratch, place, lowers.size(), parent(upper), users);
      return DetachedMount.open(
          List.of(
              Mount.overlay(
                  lowers, own.resolve(name(upper)), own.resolve(name(work)), mount.otherOptions())),
          merged);
    }
  }

  private static Path attach(Fd scratch, Path place, int number, Path directory, Fd users) {
    String name = Integer.toString(number);
    FileCalls.mkdirat(scratch, Trees.bytes(name), 0700);
    Path at = place.resolve(name);
    try (Fd tree =
        Mounts.openTree(Fd.CWD, Trees.bytes(directory.toString()), MountFlags.OPEN_TREE_CLONE)) {
      map(tree, users, directory.toString());
      Mounts.moveMount(tree, Fd.CWD, Trees.bytes(at.toString()));
    }
    return at;
  }

  /**
   * Maps the owners of a detached mount.
   *
   * @param users the user namespace
   * @param thing what is mounted, for the error
   * @throws UnsupportedException if the kernel or the file system does not do that
   */
  public static void map(Fd tree, Fd users, String thing) {
    int result = Mounts.tryMapIds(tree, users);
    if (result < 0) {
      tree.close();
      if (result == -Errno.EINVAL || result == -Errno.EPERM || result == -Errno.ENOSYS) {
        throw new UnsupportedException(
            thing,
            "its file system cannot show owners mapped (mount_setattr: "
                + Errno.describe(-result)
                + ")",
            "ext4, xfs, btrfs and tmpfs can, with Linux 5.19 or newer: choose another --root, or"
                + " leave the user namespace out");
      }
      throw new SystemException(thing, "mount_setattr: " + Errno.describe(-result), "", -result);
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path.toString());
    }
    return parent;
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }
}

package dev.phyllo.linux;

/** Names of the bits of a flags argument, for people. */
enum Flags {
  OPEN(
      Open.CREAT, "O_CREAT",
      Open.EXCL, "O_EXCL",
      Open.NOCTTY, "O_NOCTTY",
      Open.TRUNC, "O_TRUNC",
      Open.APPEND, "O_APPEND",
      Open.NONBLOCK, "O_NONBLOCK",
      Open.TMPFILE, "O_TMPFILE",
      Open.DIRECTORY, "O_DIRECTORY",
      Open.NOFOLLOW, "O_NOFOLLOW",
      Open.PATH, "O_PATH",
      Open.CLOEXEC, "O_CLOEXEC"),
  RESOLVE(
      Resolve.NO_XDEV, "RESOLVE_NO_XDEV",
      Resolve.NO_MAGICLINKS, "RESOLVE_NO_MAGICLINKS",
      Resolve.NO_SYMLINKS, "RESOLVE_NO_SYMLINKS",
      Resolve.BENEATH, "RESOLVE_BENEATH",
      Resolve.IN_ROOT, "RESOLVE_IN_ROOT"),
  AT(
      At.SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW",
      At.SYMLINK_FOLLOW, "AT_SYMLINK_FOLLOW",
      At.EMPTY_PATH, "AT_EMPTY_PATH",
      At.RECURSIVE, "AT_RECURSIVE"),
  UNLINK(At.REMOVEDIR, "AT_REMOVEDIR"),
  MOUNT(
      MountFlags.MS_RDONLY, "MS_RDONLY",
      MountFlags.MS_NOSUID, "MS_NOSUID",
      MountFlags.MS_NODEV, "MS_NODEV",
      MountFlags.MS_NOEXEC, "MS_NOEXEC",
      MountFlags.MS_REMOUNT, "MS_REMOUNT",
      MountFlags.MS_NOATIME, "MS_NOATIME",
      MountFlags.MS_BIND, "MS_BIND",
      MountFlags.MS_REC, "MS_REC",
      MountFlags.MS_PRIVATE, "MS_PRIVATE",
      MountFlags.MS_SLAVE, "MS_SLAVE",
      MountFlags.MS_SHARED, "MS_SHARED",
      MountFlags.MS_RELATIME, "MS_RELATIME",
      MountFlags.MS_STRICTATIME, "MS_STRICTATIME"),
  UNMOUNT(MountFlags.MNT_DETACH, "MNT_DETACH", MountFlags.UMOUNT_NOFOLLOW, "UMOUNT_NOFOLLOW"),
  MOUNT_ATTR(
      MountFlags.ATTR_RDONLY, "MOUNT_ATTR_RDONLY",
      MountFlags.ATTR_NOSUID, "MOUNT_ATTR_NOSUID",
      MountFlags.ATTR_NODEV, "MOUNT_ATTR_NODEV",
      MountFlags.ATTR_NOEXEC, "MOUNT_ATTR_NOEXEC",
      MountFlags.ATTR_NOATIME, "MOUNT_ATTR_NOATIME",
      MountFlags.ATTR_STRICTATIME, "MOUNT_ATTR_STRICTATIME",
      MountFlags.ATTR_NODIRATIME, "MOUNT_ATTR_NODIRATIME",
      MountFlags.ATTR_IDMAP, "MOUNT_ATTR_IDMAP",
      MountFlags.ATTR_NOSYMFOLLOW, "MOUNT_ATTR_NOSYMFOLLOW"),
  OPEN_TREE(
      MountFlags.OPEN_TREE_CLONE, "OPEN_TREE_CLONE",
      Open.CLOEXEC, "OPEN_TREE_CLOEXEC",
      At.SYMLINK_NOFOLLOW, "AT_SYMLINK_NOFOLLOW",
      At.EMPTY_PATH, "AT_EMPTY_PATH",
      At.RECURSIVE, "AT_RECURSIVE"),
  MOVE_MOUNT(
      MountFlags.MOVE_MOUNT_F_EMPTY_PATH, "MOVE_MOUNT_F_EMPTY_PATH",
      MountFlags.MOVE_MOUNT_T_EMPTY_PATH, "MOVE_MOUNT_T_EMPTY_PATH"),
  FSOPEN(Mounts.FS_CLOEXEC, "FSOPEN_CLOEXEC"),
  FSMOUNT(Mounts.FS_CLOEXEC, "FSMOUNT_CLOEXEC"),
  CLOSE_RANGE(4, "CLOSE_RANGE_CLOEXEC"),
  CLONE(
      CloneFlags.NEWNS, "CLONE_NEWNS",
      CloneFlags.NEWCGROUP, "CLONE_NEWCGROUP",
      CloneFlags.NEWUTS, "CLONE_NEWUTS",
      CloneFlags.NEWIPC, "CLONE_NEWIPC",
      CloneFlags.NEWUSER, "CLONE_NEWUSER",
      CloneFlags.NEWPID, "CLONE_NEWPID",
      CloneFlags.NEWNET, "CLONE_NEWNET");

  @SuppressWarnings("ImmutableEnumChecker") // never written
  private final Object[] bits;

  Flags(Object... bits) {
    this.bits = bits;
  }

  /** The names of the bits that are set, and what has none as a number; {@code "0"} for nothing. */
  String text(long value) {
    StringBuilder text = new StringBuilder();
    long rest = value;
    for (int i = 0; i < bits.length; i += 2) {
      long bit = ((Number) bits[i]).longValue();
      if ((rest & bit) == bit) {
        rest &= ~bit;
        text.append(text.isEmpty() ? "" : "|").append(bits[i + 1]);
      }
    }
    if (rest != 0) {
      text.append(text.isEmpty() ? "0x" : "|0x").append(Long.toHexString(rest));
    }
    return text.isEmpty() ? "0" : text.toString();
  }
}

package dev.phyllo.linux;

/** Flags of mount(2), umount2(2), open_tree(2), move_mount(2), fsmount(2) and mount_setattr(2). */
public final class MountFlags {
  /** MS_RDONLY. */
  public static final int MS_RDONLY = 0x1;

  /** MS_NOSUID: set-id bits and file capabilities have no effect. */
  public static final int MS_NOSUID = 0x2;

  /** MS_NODEV: device files cannot be opened. */
  public static final int MS_NODEV = 0x4;

  /** MS_NOEXEC: nothing can be executed. */
  public static final int MS_NOEXEC = 0x8;

  /** MS_REMOUNT: change the flags of what is mounted. */
  public static final int MS_REMOUNT = 0x20;

  /** MS_NOATIME. */
  public static final int MS_NOATIME = 0x400;

  /** MS_BIND: show a directory or file in a second place. */
  public static final int MS_BIND = 0x1000;

  /** MS_REC: the whole subtree. */
  public static final int MS_REC = 0x4000;

  /** MS_PRIVATE: mounts no longer propagate in or out. */
  public static final int MS_PRIVATE = 0x40000;

  /** MS_SLAVE: mounts propagate in, not out. */
  public static final int MS_SLAVE = 0x80000;

  /** MS_SHARED: mounts propagate both ways. */
  public static final int MS_SHARED = 0x100000;

  /** MS_RELATIME. */
  public static final int MS_RELATIME = 0x200000;

  /** MS_STRICTATIME. */
  public static final int MS_STRICTATIME = 0x1000000;

  /** MNT_DETACH: gone from the tree now, freed when nobody uses it any more. */
  public static final int MNT_DETACH = 2;

  /** UMOUNT_NOFOLLOW: refuse a symbolic link. */
  public static final int UMOUNT_NOFOLLOW = 8;

  /** OPEN_TREE_CLONE: a detached copy of the mount, not the place itself. */
  public static final int OPEN_TREE_CLONE = 1;

  /** MOVE_MOUNT_F_EMPTY_PATH: the descriptor itself is what is moved. */
  public static final int MOVE_MOUNT_F_EMPTY_PATH = 0x4;

  /** MOVE_MOUNT_T_EMPTY_PATH: the descriptor itself is where it goes. */
  public static final int MOVE_MOUNT_T_EMPTY_PATH = 0x40;

  /** MOUNT_ATTR_RDONLY. */
  public static final int ATTR_RDONLY = 0x1;

  /** MOUNT_ATTR_NOSUID. */
  public static final int ATTR_NOSUID = 0x2;

  /** MOUNT_ATTR_NODEV. */
  public static final int ATTR_NODEV = 0x4;

  /** MOUNT_ATTR_NOEXEC. */
  public static final int ATTR_NOEXEC = 0x8;

  /** MOUNT_ATTR_NOATIME. */
  public static final int ATTR_NOATIME = 0x10;

  /** MOUNT_ATTR_STRICTATIME. */
  public static final int ATTR_STRICTATIME = 0x20;

  /** MOUNT_ATTR_NODIRATIME. */
  public static final int ATTR_NODIRATIME = 0x80;

  /** MOUNT_ATTR_NOSYMFOLLOW: symbolic links are not followed. */
  public static final int ATTR_NOSYMFOLLOW = 0x200000;

  /** MOUNT_ATTR_IDMAP: owners are seen through a user namespace. */
  static final int ATTR_IDMAP = 0x100000;

  private MountFlags() {}
}

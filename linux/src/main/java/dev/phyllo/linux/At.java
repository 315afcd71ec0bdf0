package dev.phyllo.linux;

/** Flags of the {@code *at} calls, and the special times of utimensat(2). */
public final class At {
  /** AT_SYMLINK_NOFOLLOW: act on a symbolic link itself. */
  public static final int SYMLINK_NOFOLLOW = 0x100;

  /** AT_REMOVEDIR: unlinkat(2) removes a directory. */
  public static final int REMOVEDIR = 0x200;

  /** AT_SYMLINK_FOLLOW: linkat(2) follows a link in the last component. */
  public static final int SYMLINK_FOLLOW = 0x400;

  /** AT_EMPTY_PATH: an empty name means the descriptor itself. */
  public static final int EMPTY_PATH = 0x1000;

  /** AT_RECURSIVE: the whole subtree, for open_tree(2) and mount_setattr(2). */
  public static final int RECURSIVE = 0x8000;

  /** UTIME_NOW: as nanoseconds, the present time. */
  public static final int UTIME_NOW = 0x3fffffff;

  /** UTIME_OMIT: as nanoseconds, leave this time as it is. */
  public static final int UTIME_OMIT = 0x3ffffffe;

  private At() {}
}

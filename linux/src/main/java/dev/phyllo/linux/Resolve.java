package dev.phyllo.linux;

/** How openat2(2) may resolve a path: the flags of its {@code resolve} field. */
public final class Resolve {
  /** RESOLVE_NO_XDEV: do not cross mount points. */
  public static final int NO_XDEV = 0x01;

  /** RESOLVE_NO_MAGICLINKS: refuse links like /proc/self/fd/3. */
  public static final int NO_MAGICLINKS = 0x02;

  /** RESOLVE_NO_SYMLINKS: refuse symbolic links in every component. */
  public static final int NO_SYMLINKS = 0x04;

  /** RESOLVE_BENEATH: refuse whatever leaves the directory. */
  public static final int BENEATH = 0x08;

  /** RESOLVE_IN_ROOT: the directory is the root, for absolute links and for ".." as well. */
  public static final int IN_ROOT = 0x10;

  private Resolve() {}
}

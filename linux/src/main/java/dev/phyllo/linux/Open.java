package dev.phyllo.linux;

/** Flags of open(2) and openat2(2). Some bits differ between architectures. */
public final class Open {
  /** O_RDONLY. */
  public static final int RDONLY = 0;

  /** O_WRONLY. */
  public static final int WRONLY = 1;

  /** O_RDWR. */
  public static final int RDWR = 2;

  /** O_CREAT: make the file if it is not there, with the mode given. */
  public static final int CREAT = 0x40;

  /** O_EXCL: with {@link #CREAT}, fail if it is there, even as a dangling link. */
  public static final int EXCL = 0x80;

  /** O_NOCTTY: a terminal does not become the controlling one. */
  public static final int NOCTTY = 0x100;

  /** O_TRUNC: cut to length 0. */
  public static final int TRUNC = 0x200;

  /** O_APPEND: every write goes to the end. */
  public static final int APPEND = 0x400;

  /** O_NONBLOCK. */
  public static final int NONBLOCK = 0x800;

  /** O_DIRECTORY: fail unless it is a directory. */
  public static final int DIRECTORY = Sys.isArm() ? 0x4000 : 0x10000;

  /** O_NOFOLLOW: fail with ELOOP if the last component is a symbolic link. */
  public static final int NOFOLLOW = Sys.isArm() ? 0x8000 : 0x20000;

  /** O_CLOEXEC: closed by execve(2). Added by {@link FileCalls} in any case. */
  public static final int CLOEXEC = 0x80000;

  /** O_PATH: a place in the tree only, not opened for reading or writing. */
  public static final int PATH = 0x200000;

  /** O_TMPFILE: a file without a name in the directory given. */
  public static final int TMPFILE = 0x400000 | DIRECTORY;

  private Open() {}
}

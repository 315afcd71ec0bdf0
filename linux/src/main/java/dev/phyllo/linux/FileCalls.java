package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Files by directory descriptor and name, names being bytes.
 *
 * <p>Each call has two forms: {@code tryX} returns the kernel's answer, 0 or a value or a negative
 * error number, and allocates nothing; {@code x} throws {@link SystemException} naming the call,
 * the name and the error. A name with a NUL byte is refused with {@link
 * dev.phyllo.oci.InvalidException} by both. Names go through a buffer of the calling thread.
 *
 * <p>Reading and writing is {@link FileData}'s, extended attributes are {@link Xattrs}'.
 */
public final class FileCalls {
  /** struct open_how of openat2(2): flags, mode, resolve. */
  private static final int OPEN_HOW_SIZE = 24;

  private static final byte[] EMPTY = {};

  private FileCalls() {}

  /**
   * Opens a path as openat2(2) does; O_CLOEXEC is added.
   *
   * @param dir where a relative path starts, and the root with {@link Resolve#IN_ROOT}
   * @param flags of {@link Open}
   * @param mode permissions of a file that is made, 0 otherwise
   * @param resolve of {@link Resolve}
   * @return a descriptor number that the caller owns, or a negative error number
   */
  public static int tryOpenat2(Fd dir, byte[] path, int flags, int mode, int resolve) {
    Memory memory = Scratch.fresh();
    long name = memory.cstring(path);
    long how = memory.room(OPEN_HOW_SIZE);
    memory.putLong(how, flags | Open.CLOEXEC);
    memory.putLong(how + 8, mode);
    memory.putLong(how + 16, resolve);
    return (int) Kernel.call(Sys.OPENAT2, dir.number(), name, how, OPEN_HOW_SIZE);
  }

  /** Opens a path; see {@link #tryOpenat2}. */
  public static Fd openat2(Fd dir, byte[] path, int flags, int mode, int resolve) {
    return Fd.of(check(tryOpenat2(dir, path, flags, mode, resolve), "openat2", path));
  }

  /** Opens a host path given as text, links followed; see {@link #tryOpenat2}. */
  public static Fd open(String path, int flags) {
    return openat2(Fd.CWD, Text.bytes(path), flags, 0, 0);
  }

  /**
   * Makes a directory; mkdirat(2).
   *
   * @param mode before the umask
   */
  public static int tryMkdirat(Fd dir, byte[] name, int mode) {
    return (int) Kernel.call(Sys.MKDIRAT, dir.number(), Scratch.fresh().cstring(name), mode);
  }

  /** Makes a directory; see {@link #tryMkdirat}. */
  public static void mkdirat(Fd dir, byte[] name, int mode) {
    check(tryMkdirat(dir, name, mode), "mkdirat", name);
  }

  /**
   * Makes a device, fifo, socket or empty file; mknodat(2).
   *
   * @param mode type and permissions, such as {@code Stat.CHARACTER_DEVICE | 0666}
   * @param device of {@link Stat#device(int, int)}, 0 where it has no meaning
   */
  public static int tryMknodat(Fd dir, byte[] name, int mode, long device) {
    long at = Scratch.fresh().cstring(name);
    return (int) Kernel.call(Sys.MKNODAT, dir.number(), at, mode, device);
  }

  /** Makes a device or fifo; see {@link #tryMknodat}. */
  public static void mknodat(Fd dir, byte[] name, int mode, long device) {
    check(tryMknodat(dir, name, mode, device), "mknodat", name);
  }

  /**
   * Makes a symbolic link; symlinkat(2).
   *
   * @param target what it will hold, not looked at
   */
  public static int trySymlinkat(byte[] target, Fd dir, byte[] name) {
    Memory memory = Scratch.fresh();
    long to = memory.cstring(target);
    return (int) Kernel.call(Sys.SYMLINKAT, to, dir.number(), memory.cstring(name));
  }

  /** Makes a symbolic link; see {@link #trySymlinkat}. */
  public static void symlinkat(byte[] target, Fd dir, byte[] name) {
    check(trySymlinkat(target, dir, name), "symlinkat", name);
  }

  /**
   * Gives a file a second name; linkat(2).
   *
   * @param flags 0, {@link At#EMPTY_PATH} (old is the file itself) or {@link At#SYMLINK_FOLLOW}
   */
  public static int tryLinkat(Fd oldDir, byte[] oldName, Fd newDir, byte[] newName, int flags) {
    Memory memory = Scratch.fresh();
    long from = memory.cstring(oldName);
    long to = memory.cstring(newName);
    return (int) Kernel.call(Sys.LINKAT, oldDir.number(), from, newDir.number(), to, flags);
  }

  /** Gives a file a second name; see {@link #tryLinkat}. */
  public static void linkat(Fd oldDir, byte[] oldName, Fd newDir, byte[] newName, int flags) {
    check(tryLinkat(oldDir, oldName, newDir, newName, flags), "linkat", newName);
  }

  /**
   * Removes a name; unlinkat(2).
   *
   * @param flags 0, or {@link At#REMOVEDIR} for an empty directory
   */
  public static int tryUnlinkat(Fd dir, byte[] name, int flags) {
    return (int) Kernel.call(Sys.UNLINKAT, dir.number(), Scratch.fresh().cstring(name), flags);
  }

  /** Removes a name; see {@link #tryUnlinkat}. */
  public static void unlinkat(Fd dir, byte[] name, int flags) {
    check(tryUnlinkat(dir, name, flags), "unlinkat", name);
  }

  /**
   * Renames; renameat2(2).
   *
   * @param flags 0, 1 (RENAME_NOREPLACE) or 2 (RENAME_EXCHANGE)
   */
  public static int tryRenameat2(Fd oldDir, byte[] oldName, Fd newDir, byte[] newName, int flags) {
    Memory memory = Scratch.fresh();
    long from = memory.cstring(oldName);
    long to = memory.cstring(newName);
    return (int) Kernel.call(Sys.RENAMEAT2, oldDir.number(), from, newDir.number(), to, flags);
  }

  /** Renames; see {@link #tryRenameat2}. */
  public static void renameat2(Fd oldDir, byte[] oldName, Fd newDir, byte[] newName, int flags) {
    check(tryRenameat2(oldDir, oldName, newDir, newName, flags), "renameat2", oldName);
  }

  /**
   * Sets owner and group; fchownat(2).
   *
   * @param uid 0 to 2^32-2, or -1 to leave it
   * @param gid the same
   * @param flags {@link At#SYMLINK_NOFOLLOW}, {@link At#EMPTY_PATH}
   */
  public static int tryFchownat(Fd dir, byte[] name, long uid, long gid, int flags) {
    long at = Scratch.fresh().cstring(name);
    return (int) Kernel.call(Sys.FCHOWNAT, dir.number(), at, uid, gid, flags);
  }

  /** Sets owner and group; see {@link #tryFchownat}. */
  public static void fchownat(Fd dir, byte[] name, long uid, long gid, int flags) {
    check(tryFchownat(dir, name, uid, gid, flags), "fchownat", name);
  }

  /** Sets owner and group of an open file; fchown(2). */
  public static int tryFchown(Fd file, long uid, long gid) {
    return (int) Kernel.call(Sys.FCHOWN, file.number(), uid, gid);
  }

  /** Sets owner and group of an open file; see {@link #tryFchown}. */
  public static void fchown(Fd file, long uid, long gid) {
    check(tryFchown(file, uid, gid), "fchown", file);
  }

  /** Sets the permissions of an open file; fchmod(2). */
  public static int tryFchmod(Fd file, int mode) {
    return (int) Kernel.call(Sys.FCHMOD, file.number(), mode);
  }

  /** Sets the permissions of an open file; see {@link #tryFchmod}. */
  public static void fchmod(Fd file, int mode) {
    check(tryFchmod(file, mode), "fchmod", file);
  }

  /**
   * Sets permissions by name; fchmodat(2). A symbolic link is <em>followed</em>: links have no
   * permissions of their own.
   */
  public static int tryFchmodat(Fd dir, byte[] name, int mode) {
    return (int) Kernel.call(Sys.FCHMODAT, dir.number(), Scratch.fresh().cstring(name), mode);
  }

  /** Sets permissions by name; see {@link #tryFchmodat}. */
  public static void fchmodat(Fd dir, byte[] name, int mode) {
    check(tryFchmodat(dir, name, mode), "fchmodat", name);
  }

  /**
   * Sets the times of a name; utimensat(2).
   *
   * @param accessNanos 0 to 999,999,999, {@link At#UTIME_NOW} or {@link At#UTIME_OMIT}
   * @param modifyNanos the same
   * @param flags {@link At#SYMLINK_NOFOLLOW}
   */
  public static int tryUtimensat(
      Fd dir,
      byte[] name,
      long accessSeconds,
      int accessNanos,
      long modifySeconds,
      int modifyNanos,
      int flags) {
    Memory memory = Scratch.fresh();
    long at = memory.cstring(name);
    long times = times(memory, accessSeconds, accessNanos, modifySeconds, modifyNanos);
    return (int) Kernel.call(Sys.UTIMENSAT, dir.number(), at, times, flags);
  }

  /** Sets the times of a name; see {@link #tryUtimensat}. */
  public static void utimensat(
      Fd dir,
      byte[] name,
      long accessSeconds,
      int accessNanos,
      long modifySeconds,
      int modifyNanos,
      int flags) {
    check(
        tryUtimensat(dir, name, accessSeconds, accessNanos, modifySeconds, modifyNanos, flags),
        "utimensat",
        name);
  }

  /** Sets the times of an open file; futimens(3). */
  public static int tryFutimens(
      Fd file, long accessSeconds, int accessNanos, long modifySeconds, int modifyNanos) {
    Memory memory = Scratch.fresh();
    long times = times(memory, accessSeconds, accessNanos, modifySeconds, modifyNanos);
    return (int) Kernel.call(Sys.UTIMENSAT, file.number(), 0, times, 0);
  }

  /** Sets the times of an open file; see {@link #tryFutimens}. */
  public static void futimens(
      Fd file, long accessSeconds, int accessNanos, long modifySeconds, int modifyNanos) {
    check(
        tryFutimens(file, accessSeconds, accessNanos, modifySeconds, modifyNanos),
        "utimensat",
        file);
  }

  private static long times(
      Memory memory, long accessSeconds, int accessNanos, long modifySeconds, int modifyNanos) {
    long times = memory.room(32);
    memory.putLong(times, accessSeconds);
    memory.putLong(times + 8, accessNanos);
    memory.putLong(times + 16, modifySeconds);
    memory.putLong(times + 24, modifyNanos);
    return times;
  }

  /** What a symbolic link holds; readlinkat(2). An empty name means the descriptor itself. */
  public static byte[] readlinkat(Fd dir, byte[] name) {
    Memory memory = Scratch.fresh();
    long at = memory.cstring(name);
    int size = 4096; // PATH_MAX: a link cannot hold more
    long target = memory.room(size);
    long length = Kernel.call(Sys.READLINKAT, dir.number(), at, target, size);
    return memory.get(target, check((int) length, "readlinkat", name));
  }

  /**
   * Looks at a file; statx(2).
   *
   * @param flags {@link At#SYMLINK_NOFOLLOW}, {@link At#EMPTY_PATH}
   * @param into filled on success
   */
  public static int tryStatx(Fd dir, byte[] name, int flags, Stat.Buffer into) {
    Memory memory = Scratch.fresh();
    long at = memory.cstring(name);
    long answer = memory.room(Stat.SIZE);
    int result = (int) Kernel.call(Sys.STATX, dir.number(), at, flags, Stat.BASIC, answer);
    if (result == 0) {
      into.fill(memory, answer);
    }
    return result;
  }

  /** Looks at a name; see {@link #tryStatx}. */
  public static Stat statx(Fd dir, byte[] name, int flags) {
    Stat.Buffer buffer = new Stat.Buffer();
    check(tryStatx(dir, name, flags, buffer), "statx", name);
    return buffer.toStat();
  }

  /** Looks at an open file; see {@link #tryStatx}. */
  public static Stat statx(Fd file) {
    Stat.Buffer buffer = new Stat.Buffer();
    check(tryStatx(file, EMPTY, At.EMPTY_PATH, buffer), "statx", file);
    return buffer.toStat();
  }

  /** Looks at a name, a symbolic link not followed; null if there is nothing of that name. */
  public static @Nullable Stat statOrNull(Fd dir, byte[] name) {
    Stat.Buffer buffer = new Stat.Buffer();
    int result = tryStatx(dir, name, At.SYMLINK_NOFOLLOW, buffer);
    if (result == -Errno.ENOENT || result == -Errno.ENOTDIR) {
      return null;
    }
    check(result, "statx", name);
    return buffer.toStat();
  }

  /**
   * Everything in a directory except "." and "..", in the file system's order; getdents64(2). One
   * that was removed since it was opened has nothing in it.
   *
   * @param directory opened for reading; its position is moved
   */
  public static List<DirectoryEntry> list(Fd directory) {
    return DirectoryEntry.list(directory);
  }

  /**
   * Sets the process' file mode creation mask; umask(2).
   *
   * @return the mask before
   */
  public static int umask(int mask) {
    return (int) Kernel.call(Sys.UMASK, mask);
  }

  private static int check(int result, String call, byte[] name) {
    if (result < 0) {
      throw Kernel.failure(call, Text.of(name), -result);
    }
    return result;
  }

  private static int check(int result, String call, Fd file) {
    if (result < 0) {
      throw Kernel.failure(call, file.toString(), -result);
    }
    return result;
  }
}

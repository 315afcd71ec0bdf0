package dev.phyllo.linux;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Extended attributes; xattr(7). Names and values are bytes, names with their prefix ({@code
 * "user.x"}, {@code "security.capability"}).
 *
 * <p>Two ways to name the file: an open one (not with O_PATH), or a directory and a name in it,
 * which is never followed if it is a symbolic link. The second uses setxattrat(2) and its siblings
 * of Linux 6.13, and before that the link of the directory in /proc/self/fd.
 */
public final class Xattrs {
  /** XATTR_CREATE: fail with EEXIST if it is there. */
  public static final int CREATE = 1;

  /** XATTR_REPLACE: fail with ENODATA if it is not there. */
  public static final int REPLACE = 2;

  /** struct xattr_args: value, size, flags. */
  private static final int ARGS_SIZE = 16;

  private static volatile boolean hasAtCalls = true;

  private Xattrs() {}

  /** Acts as on a kernel before 6.13, or no longer; for tests. */
  static void useAtCalls(boolean use) {
    hasAtCalls = use;
  }

  /** Sets an attribute of an open file; fsetxattr(2). */
  public static int trySet(Fd file, byte[] name, byte[] value, int flags) {
    long at = Scratch.fresh().cstring(name);
    long data = Scratch.large().bytes(value);
    return (int) Kernel.call(Sys.FSETXATTR, file.number(), at, data, value.length, flags);
  }

  /** Sets an attribute of an open file; see {@link #trySet(Fd, byte[], byte[], int)}. */
  public static void set(Fd file, byte[] name, byte[] value, int flags) {
    Kernel.check(trySet(file, name, value, flags), "fsetxattr", Text.of(name));
  }

  /**
   * The value of an attribute of an open file, or null if it has none of that name; fgetxattr(2).
   */
  public static byte @Nullable [] get(Fd file, byte[] name) {
    long at = Scratch.fresh().cstring(name);
    Memory large = Scratch.large();
    long value = large.room(Scratch.LARGE);
    long size = Kernel.call(Sys.FGETXATTR, file.number(), at, value, Scratch.LARGE);
    return value(large, value, size, name);
  }

  /** The names of an open file's attributes; flistxattr(2). Empty where there can be none. */
  public static List<byte[]> list(Fd file) {
    Memory large = Scratch.large();
    long at = large.room(Scratch.LARGE);
    long size = Kernel.call(Sys.FLISTXATTR, file.number(), at, Scratch.LARGE);
    return names(large, at, size, file.toString());
  }

  /** Removes an attribute of an open file; fremovexattr(2). */
  public static int tryRemove(Fd file, byte[] name) {
    return (int) Kernel.call(Sys.FREMOVEXATTR, file.number(), Scratch.fresh().cstring(name));
  }

  /**
   * Sets an attribute of a file in a directory, without following it.
   *
   * @param entry a single name
   */
  public static int trySet(Fd dir, byte[] entry, byte[] name, byte[] value, int flags) {
    Memory memory = Scratch.fresh();
    long data = Scratch.large().bytes(value);
    if (hasAtCalls) {
      long path = memory.cstring(entry);
      long attribute = memory.cstring(name);
      long args = arguments(memory, data, value.length, flags);
      long result = at(Sys.SETXATTRAT, dir, path, attribute, args);
      if (result != -Errno.ENOSYS) {
        return (int) result;
      }
      hasAtCalls = false;
      memory.reset();
    }
    long path = procPath(memory, dir, entry);
    long attribute = memory.cstring(name);
    return (int) Kernel.call(Sys.LSETXATTR, path, attribute, data, value.length, flags);
  }

  /** Sets an attribute of a file in a directory; see {@code trySet}. */
  public static void set(Fd dir, byte[] entry, byte[] name, byte[] value, int flags) {
    int result = trySet(dir, entry, name, value, flags);
    Kernel.check(result, "setxattr " + Text.of(name), Text.of(entry));
  }

  /** The value of an attribute of a file in a directory, or null if it has none of that name. */
  public static byte @Nullable [] get(Fd dir, byte[] entry, byte[] name) {
    Memory memory = Scratch.fresh();
    Memory large = Scratch.large();
    long value = large.room(Scratch.LARGE);
    if (hasAtCalls) {
      long path = memory.cstring(entry);
      long attribute = memory.cstring(name);
      long args = arguments(memory, value, Scratch.LARGE, 0);
      long size = at(Sys.GETXATTRAT, dir, path, attribute, args);
      if (size != -Errno.ENOSYS) {
        return value(large, value, size, name);
      }
      hasAtCalls = false;
      memory.reset();
    }
    long path = procPath(memory, dir, entry);
    long attribute = memory.cstring(name);
    long size = Kernel.call(Sys.LGETXATTR, path, attribute, value, Scratch.LARGE);
    return value(large, value, size, name);
  }

  /**
   * The value of an attribute of the file at a path, itself a symbolic link or not; null if it has
   * none of that name; lgetxattr(2). For paths that nobody else changes meanwhile.
   */
  public static byte @Nullable [] get(byte[] path, byte[] name) {
    Memory memory = Scratch.fresh();
    Memory large = Scratch.large();
    long value = large.room(Scratch.LARGE);
    long file = memory.cstring(path);
    long size = Kernel.call(Sys.LGETXATTR, file, memory.cstring(name), value, Scratch.LARGE);
    return value(large, value, size, name);
  }

  /** The names of the attributes of a file in a directory. */
  public static List<byte[]> list(Fd dir, byte[] entry) {
    Memory memory = Scratch.fresh();
    Memory large = Scratch.large();
    long at = large.room(Scratch.LARGE);
    if (hasAtCalls) {
      long path = memory.cstring(entry);
      long size =
          Kernel.call(Sys.LISTXATTRAT, dir.number(), path, At.SYMLINK_NOFOLLOW, at, Scratch.LARGE);
      if (size != -Errno.ENOSYS) {
        return names(large, at, size, Text.of(entry));
      }
      hasAtCalls = false;
      memory.reset();
    }
    long size = Kernel.call(Sys.LLISTXATTR, procPath(memory, dir, entry), at, Scratch.LARGE);
    return names(large, at, size, Text.of(entry));
  }

  /** Removes an attribute of a file in a directory, without following it. */
  public static int tryRemove(Fd dir, byte[] entry, byte[] name) {
    Memory memory = Scratch.fresh();
    if (hasAtCalls) {
      long path = memory.cstring(entry);
      long attribute = memory.cstring(name);
      long result =
          Kernel.call(Sys.REMOVEXATTRAT, dir.number(), path, At.SYMLINK_NOFOLLOW, attribute);
      if (result != -Errno.ENOSYS) {
        return (int) result;
      }
      hasAtCalls = false;
      memory.reset();
    }
    long path = procPath(memory, dir, entry);
    return (int) Kernel.call(Sys.LREMOVEXATTR, path, memory.cstring(name));
  }

  private static long at(int call, Fd dir, long path, long attribute, long args) {
    return Kernel.call(call, dir.number(), path, At.SYMLINK_NOFOLLOW, attribute, args, ARGS_SIZE);
  }

  private static long arguments(Memory memory, long value, int size, int flags) {
    long args = memory.room(ARGS_SIZE);
    memory.putLong(args, value);
    memory.putInt(args + 8, size);
    memory.putInt(args + 12, flags);
    return args;
  }

  /** Only the last component is not followed, so the entry must be a single name. */
  private static long procPath(Memory memory, Fd dir, byte[] entry) {
    for (byte b : entry) {
      if (b == '/') {
        throw new IllegalArgumentException("not a single name: " + Text.of(entry));
      }
    }
    byte[] prefix =
        dir == Fd.CWD ? Text.bytes("./") : Text.bytes("/proc/self/fd/" + dir.number() + "/");
    byte[] path = new byte[prefix.length + entry.length];
    System.arraycopy(prefix, 0, path, 0, prefix.length);
    System.arraycopy(entry, 0, path, prefix.length, entry.length);
    return memory.cstring(path);
  }

  private static byte @Nullable [] value(Memory large, long at, long size, byte[] name) {
    if (size == -Errno.ENODATA || size == -Errno.EOPNOTSUPP) {
      return null;
    }
    Kernel.check(size, "getxattr", Text.of(name));
    return large.get(at, (int) size);
  }

  private static List<byte[]> names(Memory large, long at, long size, String thing) {
    if (size == -Errno.EOPNOTSUPP) {
      return List.of();
    }
    Kernel.check(size, "listxattr", thing);
    List<byte[]> names = new ArrayList<>();
    for (long from = at; from < at + size; ) {
      byte[] name = large.cstringAt(from);
      names.add(name);
      from += name.length + 1;
    }
    return names;
  }
}

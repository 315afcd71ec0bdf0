package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Whether two files, each a name in a directory, are the same to whoever looks at them. */
final class FileComparison {
  static final int ONE_STEP =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  private static final int BLOCK = 64 << 10;

  private static final int DIRECTORY = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;

  private FileComparison() {}

  /** Opens a directory in another; null if there is none of that name, or it is something else. */
  static @Nullable Fd directory(Fd parent, byte[] name) {
    int number = FileCalls.tryOpenat2(parent, name, DIRECTORY, 0, ONE_STEP);
    if (number == -Errno.ENOENT || number == -Errno.ENOTDIR || number == -Errno.ELOOP) {
      return null;
    }
    if (number < 0) {
      throw Attributes.failure("openat2", RawPath.of(name), -number);
    }
    return Fd.of(number);
  }

  /** Whether type, permissions, owner and device number are the same. */
  static boolean sameInode(Stat a, Stat b) {
    return a.mode() == b.mode()
        && a.uid() == b.uid()
        && a.gid() == b.gid()
        && a.deviceMajor() == b.deviceMajor()
        && a.deviceMinor() == b.deviceMinor();
  }

  /** Whether the times of modification are the same to the nanosecond. */
  static boolean sameTime(Stat a, Stat b) {
    return a.modifySeconds() == b.modifySeconds() && a.modifyNanos() == b.modifyNanos();
  }

  /** The same, where one of them may come from an archive that keeps whole seconds. */
  static boolean similarTime(Stat a, Stat b) {
    return a.modifySeconds() == b.modifySeconds()
        && (a.modifyNanos() == b.modifyNanos() || a.modifyNanos() == 0 || b.modifyNanos() == 0);
  }

  /** Whether two files of the same type and size hold the same. */
  static boolean sameContent(Fd a, Fd b, byte[] name, Stat stat) {
    return switch (stat.type()) {
      case Stat.SYMLINK ->
          Arrays.equals(FileCalls.readlinkat(a, name), FileCalls.readlinkat(b, name));
      case Stat.FILE -> stat.size() == 0 || sameBytes(a, b, name);
      default -> true;
    };
  }

  private static boolean sameBytes(Fd a, Fd b, byte[] name) {
    int flags = Open.RDONLY | Open.NOFOLLOW | Open.NONBLOCK;
    try (Fd left = FileCalls.openat2(a, name, flags, 0, ONE_STEP);
        Fd right = FileCalls.openat2(b, name, flags, 0, ONE_STEP)) {
      byte[] one = new byte[BLOCK];
      byte[] other = new byte[BLOCK];
      while (true) {
        int n = fill(left, one);
        int m = fill(right, other);
        if (n != m || !Arrays.equals(one, 0, n, other, 0, n)) {
          return false;
        }
        if (n < BLOCK) {
          return true;
        }
      }
    }
  }

  private static int fill(Fd file, byte[] block) {
    int filled = 0;
    while (filled < block.length) {
      int n = FileData.read(file, block, filled, block.length - filled);
      if (n == 0) {
        break;
      }
      filled += n;
    }
    return filled;
  }

  /** Whether a name has the same attributes in both directories. */
  static boolean sameXattrs(Fd a, Fd b, byte[] name) {
    SortedMap<RawPath, byte[]> left = xattrs(a, name);
    SortedMap<RawPath, byte[]> right = xattrs(b, name);
    if (left.size() != right.size()) {
      return false;
    }
    for (Map.Entry<RawPath, byte[]> x : left.entrySet()) {
      byte[] other = right.get(x.getKey());
      if (other == null || !Arrays.equals(x.getValue(), other)) {
        return false;
      }
    }
    return true;
  }

  /** The attributes that are part of a tree, see {@link Differ}. */
  static SortedMap<RawPath, byte[]> xattrs(Fd parent, byte[] name) {
    SortedMap<RawPath, byte[]> xattrs = new TreeMap<>();
    List<byte[]> names = Xattrs.list(parent, name);
    for (byte[] attribute : names) {
      if (isKept(attribute)) {
        byte[] value = Xattrs.get(parent, name, attribute);
        if (value != null) {
          xattrs.put(RawPath.of(attribute), value);
        }
      }
    }
    return xattrs;
  }

  private static final byte[] USER = Trees.bytes("user.");
  private static final byte[] TRUSTED = Trees.bytes("trusted.");
  private static final byte[] CAPABILITY = Trees.bytes("security.capability");
  private static final byte[] ACL = Trees.bytes("system.posix_acl_");

  /** Whether an attribute is part of a tree. */
  static boolean isKept(byte[] name) {
    return Attributes.isApplied(name)
        && (begins(name, USER)
            || begins(name, TRUSTED)
            || begins(name, ACL)
            || Arrays.equals(name, CAPABILITY));
  }

  private static boolean begins(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }
}

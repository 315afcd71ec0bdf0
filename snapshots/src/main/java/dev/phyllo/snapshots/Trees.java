package dev.phyllo.snapshots;

import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.SystemException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * Whole trees, by descriptor: no symbolic link is followed, no mount point crossed.
 *
 * <p>Depth is bounded by open files only: an archive can nest directories deeper than any path is
 * long.
 */
final class Trees {
  private static final int DIRECTORY = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;
  private static final int ONE_STEP =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  private static final byte[] NONE = {};

  private Trees() {}

  /** Removes a file, or a directory and all in it; nothing happens if there is none. */
  static void remove(Fd parent, byte[] name) {
    int result = FileCalls.tryUnlinkat(parent, name, 0);
    if (result == 0 || result == -Errno.ENOENT) {
      return;
    }
    // unlink(2) of a directory: EISDIR on Linux, EPERM according to POSIX.
    if (result != -Errno.EISDIR && result != -Errno.EPERM) {
      FileCalls.unlinkat(parent, name, 0); // throws with the reason
      return;
    }
    if (FileCalls.tryUnlinkat(parent, name, At.REMOVEDIR) == 0) {
      return;
    }
    removeDirectory(parent, name);
  }

  /** A directory that is being emptied or counted, and those in it that are still to come. */
  private static final class Level {
    final Fd fd;
    final byte[] name;
    final Deque<byte[]> directories = new ArrayDeque<>();

    Level(Fd fd, byte[] name) {
      this.fd = fd;
      this.name = name;
    }
  }

  private static void removeDirectory(Fd parent, byte[] name) {
    Deque<Level> levels = new ArrayDeque<>();
    try {
      if (!descend(levels, parent, name)) {
        return;
      }
      while (!levels.isEmpty()) {
        Level level = levels.peek();
        byte[] next = level.directories.poll();
        if (next != null) {
          descend(levels, level.fd, next);
          continue;
        }
        levels.pop();
        level.fd.close();
        Fd above = levels.isEmpty() ? parent : levels.peek().fd;
        int result = FileCalls.tryUnlinkat(above, level.name, At.REMOVEDIR);
        if (result == -Errno.ENOTEMPTY) {
          // Someone put something in meanwhile: once more, from the start.
          descend(levels, above, level.name);
        } else if (result != 0 && result != -Errno.ENOENT) {
          FileCalls.unlinkat(above, level.name, At.REMOVEDIR);
        }
      }
    } finally {
      for (Level level : levels) {
        level.fd.close();
      }
    }
  }

  /** Opens a directory and removes all in it that is not a directory. */
  private static boolean descend(Deque<Level> levels, Fd parent, byte[] name) {
    int number = FileCalls.tryOpenat2(parent, name, DIRECTORY, 0, ONE_STEP);
    if (number == -Errno.ENOENT) {
      return false;
    }
    if (number == -Errno.ENOTDIR || number == -Errno.ELOOP) {
      FileCalls.unlinkat(parent, name, 0);
      return false;
    }
    if (number < 0) {
      throw failure("openat2", name, -number);
    }
    Level level = new Level(Fd.of(number), name);
    levels.push(level);
    for (DirectoryEntry entry : FileCalls.list(level.fd)) {
      if (entry.isDirectory()) {
        level.directories.add(entry.name());
        continue;
      }
      int result = FileCalls.tryUnlinkat(level.fd, entry.name(), 0);
      if (result == -Errno.EISDIR || result == -Errno.EPERM) {
        level.directories.add(entry.name()); // where getdents64 does not tell types
      } else if (result != 0 && result != -Errno.ENOENT) {
        throw failure("unlinkat", entry.name(), -result);
      }
    }
    return true;
  }

  /** Removes a host directory and all in it; nothing happens if there is none. */
  static void remove(Path tree) {
    Path parent = tree.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("the root");
    }
    int number =
        FileCalls.tryOpenat2(Fd.CWD, bytes(parent.toString()), Open.RDONLY | Open.DIRECTORY, 0, 0);
    if (number == -Errno.ENOENT) {
      return;
    }
    if (number < 0) {
      throw failure("openat2", bytes(parent.toString()), -number);
    }
    try (Fd fd = Fd.of(number)) {
      remove(fd, bytes(tree.getFileName().toString()));
    }
  }

  /** What a host directory and all in it takes, the directory included. */
  static Usage usage(Path tree) {
    int number = FileCalls.tryOpenat2(Fd.CWD, bytes(tree.toString()), DIRECTORY, 0, 0);
    if (number < 0) {
      throw failure("openat2", bytes(tree.toString()), -number);
    }
    long[] sum = new long[2];
    count(Fd.of(number), sum);
    return new Usage(sum[0] * 512, sum[1]);
  }

  /** Not by recursion: an archive can nest directories deeper than any stack. */
  private static void count(Fd top, long[] sum) {
    Set<Long> linked = new HashSet<>();
    Deque<Level> levels = new ArrayDeque<>();
    levels.push(new Level(top, NONE));
    try {
      sum[0] += FileCalls.statx(top).blocks();
      sum[1]++;
      countFiles(levels.peek(), linked, sum);
      while (!levels.isEmpty()) {
        Level level = levels.peek();
        byte[] next = level.directories.poll();
        if (next == null) {
          levels.pop().fd.close();
          continue;
        }
        int number = FileCalls.tryOpenat2(level.fd, next, DIRECTORY, 0, ONE_STEP);
        if (number >= 0) {
          levels.push(new Level(Fd.of(number), next));
          countFiles(levels.peek(), linked, sum);
        }
      }
    } finally {
      for (Level level : levels) {
        level.fd.close();
      }
    }
  }

  private static void countFiles(Level level, Set<Long> linked, long[] sum) {
    Stat.Buffer stat = new Stat.Buffer();
    for (DirectoryEntry entry : FileCalls.list(level.fd)) {
      if (FileCalls.tryStatx(level.fd, entry.name(), At.SYMLINK_NOFOLLOW, stat) != 0) {
        continue; // an active snapshot lives: gone in the meantime
      }
      boolean isDirectory = stat.type() == Stat.DIRECTORY;
      if (!isDirectory && stat.links() > 1 && !linked.add(stat.inode())) {
        continue;
      }
      sum[0] += stat.toStat().blocks();
      sum[1]++;
      if (isDirectory) {
        level.directories.add(entry.name());
      }
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static SystemException failure(String call, byte[] name, int errno) {
    String thing = new String(name, StandardCharsets.UTF_8);
    return new SystemException(thing, call + ": " + Errno.describe(errno), "", errno);
  }
}

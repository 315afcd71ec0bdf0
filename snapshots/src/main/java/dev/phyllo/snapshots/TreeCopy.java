package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.CorruptException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole tree, copied with everything that makes it what it is: types, content with its holes,
 * owners, permissions, extended attributes, times to the nanosecond, devices, and which names are
 * one file. Not copied is what the kernel alone gives: inode numbers and the time of last change.
 *
 * <p>By descriptor, no symbolic link followed and no mount point crossed. Depth is bounded by open
 * files only.
 */
final class TreeCopy implements AutoCloseable {
  private static final int DIRECTORY = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;
  private static final int SOURCE = Open.RDONLY | Open.NOFOLLOW | Open.NONBLOCK;
  private static final int NEW_FILE = Open.WRONLY | Open.CREAT | Open.EXCL | Open.NOFOLLOW;
  private static final int ONE_STEP =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  private static final byte[] SELF = Trees.bytes(".");

  /**
   * A directory under way: its attributes are set when all that is in it is there.
   *
   * @param name in the directory above
   */
  private record Level(
      Fd from, Fd to, RawPath path, byte[] name, Stat stat, Deque<byte[]> directories) {
    void close() {
      from.close();
      to.close();
    }
  }

  private final Fd root;
  private final Deque<Level> levels = new ArrayDeque<>();

  /** Where the first name of a file with several was made, by inode. */
  private final Map<Long, RawPath> linked = new HashMap<>();

  private @Nullable LayerTree made;

  private TreeCopy(Fd root) {
    this.root = root;
  }

  /**
   * Copies what is in a directory, and what it is itself, into an empty one.
   *
   * @param from opened for reading; its tree must not change meanwhile
   * @param to opened for reading
   */
  static void copy(Fd from, Fd to) {
    try (TreeCopy copy = new TreeCopy(to)) {
      copy.all(from);
    }
  }

  /** Copies what a directory is itself. */
  static void copyAttributes(Fd from, Fd to) {
    Stat stat = FileCalls.statx(from);
    Attributes.copyDirectory(new LowerLayers.Found(from, SELF, stat), to);
    times(to, stat);
  }

  private void all(Fd from) {
    enter(
        FileData.duplicate(from),
        FileData.duplicate(root),
        RawPath.EMPTY,
        SELF,
        FileCalls.statx(from));
    while (true) {
      Level level = levels.getFirst();
      byte[] next = level.directories.poll();
      if (next != null) {
        descend(level, next);
        continue;
      }
      boolean last = levels.size() == 1;
      levels.pop();
      try {
        Fd above = last ? from : levels.getFirst().from;
        Attributes.copyDirectory(new LowerLayers.Found(above, level.name, level.stat), level.to);
        times(level.to, level.stat);
      } finally {
        level.close();
      }
      if (last) {
        return;
      }
    }
  }

  private void descend(Level above, byte[] name) {
    FileCalls.mkdirat(above.to, name, 0700);
    Fd from = FileCalls.openat2(above.from, name, DIRECTORY, 0, ONE_STEP);
    Fd to;
    try {
      to = FileCalls.openat2(above.to, name, DIRECTORY, 0, ONE_STEP);
    } catch (RuntimeException e) {
      from.close();
      throw e;
    }
    enter(from, to, above.path.resolve(RawPath.of(name)), name, FileCalls.statx(from));
  }

  /** Copies all in a directory that is not one; takes over both descriptors. */
  private void enter(Fd from, Fd to, RawPath path, byte[] name, Stat stat) {
    Level level = new Level(from, to, path, name, stat, new ArrayDeque<>());
    levels.push(level);
    for (DirectoryEntry entry : FileCalls.list(from)) {
      Stat found = FileCalls.statx(from, entry.name(), At.SYMLINK_NOFOLLOW);
      if (found.isDirectory()) {
        level.directories.add(entry.name());
      } else if (!link(level, entry.name(), found)) {
        file(level, entry.name(), found);
      }
    }
  }

  /** Makes a further name of a file that is there already; false if it is not. */
  private boolean link(Level level, byte[] name, Stat stat) {
    if (stat.links() == 1) {
      return false;
    }
    RawPath path = level.path.resolve(RawPath.of(name));
    RawPath first = linked.putIfAbsent(stat.inode(), path);
    if (first == null) {
      return false;
    }
    LayerTree tree = made;
    if (tree == null) {
      tree = new LayerTree(FileData.duplicate(root));
      made = tree;
    }
    LayerTree.Directory directory = tree.resolve(first.parent(), LayerTree.Missing.NEVER);
    if (directory == null) {
      throw new CorruptException(
          first.toString(),
          "vanished while it was copied",
          "do it again when nothing writes to it");
    }
    try {
      FileCalls.linkat(directory.fd, first.name().bytes(), level.to, name, 0);
    } finally {
      directory.release();
    }
    return true;
  }

  private static void file(Level level, byte[] name, Stat stat) {
    LowerLayers.Found found = new LowerLayers.Found(level.from, name, stat);
    switch (stat.type()) {
      case Stat.FILE -> {
        try (Fd from = FileCalls.openat2(level.from, name, SOURCE, 0, ONE_STEP);
            Fd to = FileCalls.openat2(level.to, name, NEW_FILE, 0600, ONE_STEP)) {
          FileCopy.content(from, to, stat);
          Attributes.copy(found, to, level.to, name);
        }
      }
      case Stat.SYMLINK -> {
        FileCalls.symlinkat(FileCalls.readlinkat(level.from, name), level.to, name);
        Attributes.copy(found, null, level.to, name);
      }
      default -> {
        long device = Stat.device(stat.deviceMajor(), stat.deviceMinor());
        int result = FileCalls.tryMknodat(level.to, name, stat.type() | 0600, device);
        if (result == -Errno.EPERM && Attributes.inUserNamespace()) {
          return; // nobody there could have made or used it
        }
        if (result < 0) {
          throw Attributes.failure("mknodat", RawPath.of(name), -result);
        }
        try (Fd place = FileCalls.openat2(level.to, name, Open.PATH | Open.NOFOLLOW, 0, ONE_STEP)) {
          Attributes.copy(found, place, level.to, name);
        }
      }
    }
  }

  private static void times(Fd to, Stat stat) {
    FileCalls.futimens(
        to, stat.accessSeconds(), stat.accessNanos(), stat.modifySeconds(), stat.modifyNanos());
  }

  @Override
  public void close() {
    for (Level level : levels) {
      level.close();
    }
    LayerTree tree = made;
    if (tree != null) {
      tree.close();
    }
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Writes what is at a place of a living tree as an archive: by descriptor, no symbolic link
 * followed, mount points crossed. What the kernel shows as files without their being any, such as
 * /proc, is an empty directory.
 */
public final class PlaceArchive {
  private static final int DIRECTORY = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;
  static final int ONE_STEP = Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS;

  /** statfs(2): proc, sysfs, both cgroups, devpts, mqueue, debugfs, tracefs, securityfs, bpf. */
  private static final long[] OF_THE_KERNEL = {
    0x9fa0,
    0x62656572,
    0x27e0eb,
    0x63677270,
    0x1cd1,
    0x19800202,
    0x64626720,
    0x74726163,
    0x73636673,
    0xcafe4a11L
  };

  private final LayerEntries entries;

  /**
   * Writes to an archive, which it does not end.
   *
   * @param out the archive
   */
  public PlaceArchive(TarWriter out) {
    this(out, UnaryOperator.identity());
  }

  /**
   * The same with a last word on each entry.
   *
   * @param edit changes entries as they are written
   */
  public PlaceArchive(TarWriter out, UnaryOperator<TarEntry> edit) {
    entries = new LayerEntries(out, Long.MAX_VALUE, false, edit, ONE_STEP);
  }

  private record Level(Fd directory, RawPath path, Deque<byte[]> names) {}

  /**
   * Writes one file, or a directory and all in it.
   *
   * @param parent the directory it is in
   * @param name its name there, {@code .} for the directory itself
   * @param as what it is called in the archive; empty for the archive's root
   */
  public void write(Fd parent, byte[] name, RawPath as) {
    Stat stat = FileCalls.statx(parent, name, At.SYMLINK_NOFOLLOW);
    entries.present(Change.Kind.ADDED, new ChangeVisitor.Place(as, parent, name, stat), false);
    if (!stat.isDirectory()) {
      return;
    }
    Deque<Level> levels = new ArrayDeque<>();
    try {
      enter(levels, parent, name, as);
      while (!levels.isEmpty()) {
        Level level = levels.peek();
        byte[] next = level.names.poll();
        if (next == null) {
          levels.pop().directory.close();
          continue;
        }
        Stat found = FileCalls.statOrNull(level.directory, next);
        if (found == null || found.type() == Stat.SOCKET) {
          continue; // the tree lives, and no archive holds sockets
        }
        RawPath path = level.path.resolve(RawPath.of(next));
        entries.present(
            Change.Kind.ADDED, new ChangeVisitor.Place(path, level.directory, next, found), false);
        if (found.isDirectory()) {
          enter(levels, level.directory, next, path);
        }
      }
    } finally {
      for (Level level : levels) {
        level.directory.close();
      }
    }
  }

  private static void enter(Deque<Level> levels, Fd parent, byte[] name, RawPath path) {
    int number = FileCalls.tryOpenat2(parent, name, DIRECTORY, 0, ONE_STEP);
    if (number == -Errno.ENOENT || number == -Errno.ENOTDIR || number == -Errno.ELOOP) {
      return; // replaced meanwhile
    }
    if (number < 0) {
      throw Attributes.failure("openat2", path, -number);
    }
    Fd directory = Fd.of(number);
    boolean entered = false;
    try {
      List<byte[]> names = new ArrayList<>();
      if (!isOfTheKernel(directory)) {
        for (DirectoryEntry entry : FileCalls.list(directory)) {
          names.add(entry.name());
        }
        names.sort(java.util.Arrays::compareUnsigned);
      }
      levels.push(new Level(directory, path, new ArrayDeque<>(names)));
      entered = true;
    } finally {
      if (!entered) {
        directory.close();
      }
    }
  }

  private static boolean isOfTheKernel(Fd directory) {
    long type = FileData.fileSystemType(directory);
    for (long one : OF_THE_KERNEL) {
      if (type == one) {
        return true;
      }
    }
    return false;
  }
}

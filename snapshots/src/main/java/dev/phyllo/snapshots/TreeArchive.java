package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.snapshots.ChangeVisitor.Place;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A directory as the entries of an archive, in the order of {@code tar --sort=name}: the names of
 * each directory by their bytes, and what is in a directory directly behind it. Names are as {@code
 * tar -C DIR -c .} writes them: {@code ./}, {@code ./etc/}, {@code ./etc/passwd}.
 *
 * <p>Everything is reached by directory descriptor and no symbolic link is followed. Sockets are
 * left out. Names mean what they say: a file called {@code .wh.x} becomes a whiteout when the
 * archive is used as a layer, which is how one deletes by hand.
 */
public final class TreeArchive {
  private static final byte[] SELF = {'.'};
  private static final RawPath DOT = RawPath.of(".");

  private TreeArchive() {}

  /**
   * Writes a directory; the archive's end is left to the caller.
   *
   * @param edit changes each entry before it is written: its owner, its time
   * @return how many entries were written
   */
  public static long write(Path directory, TarWriter out, UnaryOperator<TarEntry> edit) {
    LayerEntries entries =
        new LayerEntries(out, Long.MAX_VALUE, false, entry -> edit.apply(dotted(entry)));
    walk(directory, place -> entries.present(Change.Kind.ADDED, place, false));
    return entries.count();
  }

  /** Whether anything in a directory has extended attributes that belong into a layer. */
  public static boolean hasAttributes(Path directory) {
    boolean[] found = new boolean[1];
    walk(
        directory,
        place ->
            found[0] = found[0] || !FileComparison.xattrs(place.parent(), place.name()).isEmpty());
    return found[0];
  }

  private static TarEntry dotted(TarEntry entry) {
    TarEntry renamed = entry.withName(DOT.resolve(entry.name().clean()));
    return entry.type() == TarEntry.Type.HARDLINK
        ? renamed.toBuilder().linkName(DOT.resolve(entry.linkName())).build()
        : renamed;
  }

  @FunctionalInterface
  private interface Visitor {
    void visit(Place place);
  }

  /** A directory being walked. */
  private record Level(RawPath path, Fd fd, Iterator<RawPath> names) {}

  private static void walk(Path directory, Visitor visitor) {
    Deque<Level> levels = new ArrayDeque<>();
    try {
      Fd root = FileCalls.open(directory.toString(), Open.RDONLY | Open.DIRECTORY);
      levels.push(level(RawPath.EMPTY, root));
      visitor.visit(new Place(RawPath.EMPTY, root, SELF, FileCalls.statx(root)));
      while (!levels.isEmpty()) {
        Level level = levels.peek();
        if (!level.names().hasNext()) {
          levels.pop().fd().close();
          continue;
        }
        RawPath name = level.names().next();
        Stat stat = FileCalls.statOrNull(level.fd(), name.bytes());
        if (stat == null) {
          continue; // the tree lives
        }
        RawPath path = level.path().resolve(name);
        visitor.visit(new Place(path, level.fd(), name.bytes(), stat));
        if (stat.isDirectory()) {
          int flags = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;
          levels.push(
              level(
                  path,
                  FileCalls.openat2(level.fd(), name.bytes(), flags, 0, FileComparison.ONE_STEP)));
        }
      }
    } finally {
      for (Level level : levels) {
        level.fd().close();
      }
    }
  }

  private static Level level(RawPath path, Fd fd) {
    boolean listed = false;
    try {
      List<RawPath> names = new ArrayList<>();
      for (DirectoryEntry entry : FileCalls.list(fd)) {
        names.add(RawPath.of(entry.name()));
      }
      names.sort(RawPath::compareTo);
      listed = true;
      return new Level(path, fd, names.iterator());
    } finally {
      if (!listed) {
        fd.close();
      }
    }
  }
}

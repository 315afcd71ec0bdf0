package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Stat;
import dev.phyllo.snapshots.Change.Kind;
import dev.phyllo.snapshots.ChangeVisitor.Place;
import dev.phyllo.snapshots.LayerEntries.Inode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks a tree beside the one it was before and tells a visitor what differs, in the order of the
 * names of a layer's entries: see {@link Differ} for what counts.
 *
 * <p>Depth is bounded by open files only, as in {@link Trees}.
 */
final class TreeWalk {
  private static final byte[] SELF = {'.'};

  private final TreeSource.Opened trees;
  private final boolean upper;
  private final boolean forLayer;
  private final MountPoints mountPoints;
  private final OverlayMarks marks;
  private final Set<Inode> changedLinks = new HashSet<>();
  private boolean linksKnown;

  /**
   * A walk of open trees.
   *
   * @param forLayer whether every difference counts, content included; otherwise what docker lists
   */
  TreeWalk(TreeSource.Opened trees, boolean forLayer, MountPoints mountPoints) {
    this.trees = trees;
    this.upper = trees.isUpper();
    this.forLayer = forLayer;
    this.mountPoints = mountPoints;
    this.marks = new OverlayMarks(trees.style());
  }

  /** A directory that is being walked. */
  private static final class Level implements AutoCloseable {
    final Place place;
    final Fd after;
    final @Nullable Fd before;
    final Iterator<Child> children;
    boolean told;

    Level(Place place, Fd after, @Nullable Fd before, List<Child> children, boolean told) {
      this.place = place;
      this.after = after;
      this.before = before;
      this.children = children.iterator();
      this.told = told;
    }

    @Override
    public void close() {
      after.close();
      if (before != null) {
        before.close();
      }
    }
  }

  /** A name of a directory: what it is now and what it was; null for nothing. */
  private record Child(byte[] name, @Nullable Stat now, @Nullable Stat was, RawPath key) {}

  /**
   * Finds files with several names of which one changed: then all of them have to be in the layer,
   * or the names would part. To be called before a walk for a layer.
   */
  void findChangedLinks() {
    if (trees.before() != null) {
      walk(
          new ChangeVisitor() {
            @Override
            public void present(Kind kind, Place place, boolean opaque) {
              Stat stat = place.is();
              if (stat.links() > 1 && !stat.isDirectory()) {
                changedLinks.add(Inode.of(stat));
              }
            }

            @Override
            public void deleted(Place place) {}
          },
          true);
    }
    linksKnown = true;
  }

  /** Tells the visitor everything. */
  void walk(ChangeVisitor visitor) {
    walk(visitor, false);
  }

  private void walk(ChangeVisitor visitor, boolean linksOnly) {
    Deque<Level> levels = new ArrayDeque<>();
    try {
      levels.push(root(visitor, linksOnly));
      while (!levels.isEmpty()) {
        Level level = levels.peek();
        if (level.children.hasNext()) {
          Level below = visit(level, level.children.next(), levels, visitor, linksOnly);
          if (below != null) {
            levels.push(below);
          }
        } else {
          levels.pop().close();
        }
      }
    } finally {
      for (Level level : levels) {
        level.close();
      }
    }
  }

  private Level root(ChangeVisitor visitor, boolean linksOnly) {
    Fd after = FileComparison.directory(trees.after(), SELF);
    if (after == null) {
      throw new IllegalStateException("the root is gone");
    }
    Fd before = trees.before() == null ? null : FileComparison.directory(trees.before(), SELF);
    Stat now = FileCalls.statx(after);
    Place place = new Place(RawPath.EMPTY, after, SELF, now);
    List<Child> children = children(after, before, false);
    // Not told of any time: making the first file in an empty upper directory changes it.
    if (forLayer && !linksOnly && rootDiffers(after, before, now)) {
      visitor.present(Kind.CHANGED, place, false);
    }
    return new Level(place, after, before, children, true);
  }

  private static boolean rootDiffers(Fd after, @Nullable Fd before, Stat now) {
    if (before == null) {
      return true;
    }
    return !FileComparison.sameInode(now, FileCalls.statx(before))
        // An upper directory does not inherit its root's attributes.
        || !FileComparison.xattrs(after, SELF).isEmpty()
            && !FileComparison.sameXattrs(after, before, SELF);
  }

  /** Tells of one child; returns the directory to go on with. */
  private @Nullable Level visit(
      Level level, Child child, Deque<Level> levels, ChangeVisitor visitor, boolean linksOnly) {
    RawPath path = level.place.path().resolve(RawPath.of(child.name));
    Place place = new Place(path, level.after, child.name, child.now);
    Stat now = child.now;
    if (now == null) {
      tellAbove(levels, visitor);
      visitor.deleted(place);
      return null;
    }
    if (upper) {
      marks.requirePlain(path, level.after, child.name, now);
    }
    if (child.was == null && mountPoints.isUntouched(path, level.after, child.name, now)) {
      return null;
    }
    if (now.isDirectory()) {
      return directory(level, child, place, now, levels, visitor);
    }
    if (!linksOnly || now.links() > 1) {
      Kind kind = kindOfFile(level, child, now);
      if (kind != null) {
        tellAbove(levels, visitor);
        visitor.present(kind, place, false);
      }
    }
    return null;
  }

  private @Nullable Level directory(
      Level level, Child child, Place place, Stat now, Deque<Level> levels, ChangeVisitor visitor) {
    boolean wasDirectory = child.was != null && child.was.isDirectory();
    Fd after = FileComparison.directory(level.after, child.name);
    if (after == null) {
      return null; // the tree lives: gone meanwhile
    }
    Fd before = null;
    boolean opened = false;
    try {
      if (wasDirectory && level.before != null) {
        before = FileComparison.directory(level.before, child.name);
      }
      boolean opaque = upper && before != null && marks.isOpaque(level.after, child.name);
      // What an opaque directory hides need not be listed in a layer: one mark says it all, and
      // everything in the directory is new.
      boolean hides = opaque && forLayer && before != null && !FileCalls.list(before).isEmpty();
      Kind kind = hides ? Kind.CHANGED : kindOfDirectory(level, child, place, now);
      List<Child> children = children(after, hides ? null : before, opaque && !hides);
      if (hides && before != null) {
        before.close();
        before = null;
      }
      if (kind != null) {
        tellAbove(levels, visitor);
        visitor.present(kind, place, hides);
      }
      opened = true;
      return new Level(place, after, before, children, kind != null);
    } finally {
      if (!opened) {
        after.close();
        if (before != null) {
          before.close();
        }
      }
    }
  }

  /** Tells of the directories above something, unless that has been done. */
  private static void tellAbove(Deque<Level> levels, ChangeVisitor visitor) {
    Iterator<Level> fromRoot = levels.descendingIterator();
    while (fromRoot.hasNext()) {
      Level level = fromRoot.next();
      if (!level.told) {
        level.told = true;
        visitor.present(Kind.CHANGED, level.place, false);
      }
    }
  }

  private @Nullable Kind kindOfDirectory(Level level, Child child, Place place, Stat now) {
    if (child.was == null) {
      return Kind.ADDED;
    }
    Fd before = level.before;
    boolean same =
        before != null
            && FileComparison.sameInode(now, child.was)
            && (!forLayer
                || FileComparison.sameTime(now, child.was)
                || mountPoints.explainTime(place.path(), level.after, child.name, before))
            && FileComparison.sameXattrs(level.after, before, child.name);
    return same ? null : Kind.CHANGED;
  }

  private @Nullable Kind kindOfFile(Level level, Child child, Stat now) {
    Stat was = child.was;
    Fd before = level.before;
    if (was == null || before == null) {
      return Kind.ADDED;
    }
    if (linksKnown && now.links() > 1) {
      return changedLinks.contains(Inode.of(now)) ? Kind.CHANGED : null;
    }
    boolean same =
        FileComparison.sameInode(now, was)
            && now.size() == was.size()
            && (forLayer ? FileComparison.sameTime(now, was) : FileComparison.similarTime(now, was))
            && FileComparison.sameXattrs(level.after, before, child.name)
            && (!forLayer || FileComparison.sameContent(level.after, before, child.name, now));
    return same ? null : Kind.CHANGED;
  }

  /**
   * The names of a directory that may differ, in the order of their entries.
   *
   * @param opaque whether names that are only in the tree before are gone although this is an upper
   *     directory
   */
  private List<Child> children(Fd after, @Nullable Fd before, boolean opaque) {
    List<Child> children = new ArrayList<>();
    Set<RawPath> seen = new HashSet<>();
    Fd all = !upper || opaque ? before : null;
    for (DirectoryEntry entry : FileCalls.list(after)) {
      byte[] name = entry.name();
      Stat now = FileCalls.statOrNull(after, name);
      if (now == null) {
        continue; // the tree lives
      }
      if (all != null) {
        seen.add(RawPath.of(name));
      }
      Stat was = before == null ? null : FileCalls.statOrNull(before, name);
      boolean gone =
          upper && marks.isWhiteout(after, name, now) || forLayer && now.type() == Stat.SOCKET;
      if (!gone) {
        children.add(new Child(name, now, was, key(name, now)));
      } else if (was != null) {
        children.add(new Child(name, null, was, key(name, null)));
      }
    }
    if (all != null) {
      for (DirectoryEntry entry : FileCalls.list(all)) {
        if (!seen.contains(RawPath.of(entry.name()))) {
          Stat was = FileCalls.statx(all, entry.name(), At.SYMLINK_NOFOLLOW);
          children.add(new Child(entry.name(), null, was, key(entry.name(), null)));
        }
      }
    }
    children.sort((a, b) -> a.key.compareTo(b.key));
    return children;
  }

  /** The last part of the name of its entry, which the entries are sorted by. */
  private static RawPath key(byte[] name, @Nullable Stat now) {
    if (now == null) {
      byte[] whiteout = new byte[name.length + 4];
      System.arraycopy(Trees.bytes(".wh."), 0, whiteout, 0, 4);
      System.arraycopy(name, 0, whiteout, 4, name.length);
      return RawPath.of(whiteout);
    }
    if (!now.isDirectory()) {
      return RawPath.of(name);
    }
    byte[] directory = Arrays.copyOf(name, name.length + 1);
    directory[name.length] = '/';
    return RawPath.of(directory);
  }
}

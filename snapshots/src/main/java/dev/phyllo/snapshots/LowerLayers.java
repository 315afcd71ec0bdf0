package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The layers below the one being applied, looked at as overlayfs would merge them: the topmost
 * layer that has a name decides; a whiteout or an opaque directory hides what is below
 * (overlayfs.rst).
 *
 * <p>Only paths without symbolic links are looked up; a link on the way hides what is below it, as
 * it does in the kernel's merge.
 *
 * <p>Most layers never need this, so where the layers are is asked for, and may be waited for, at
 * the first look: layers of one image are applied at the same time, and those below may not be
 * complete yet.
 */
final class LowerLayers implements AutoCloseable {
  private static final int ONE_STEP =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  private static final int STEP = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;

  /** Something found in a layer. */
  static final class Found implements AutoCloseable {
    final Fd parent;
    final byte[] name;
    final Stat stat;

    Found(Fd parent, byte[] name, Stat stat) {
      this.parent = parent;
      this.name = name;
      this.stat = stat;
    }

    @Override
    public void close() {
      parent.close();
    }
  }

  private final Supplier<List<Path>> source;
  private final boolean empty;
  private final byte[] opaqueName;
  private @Nullable List<Fd> roots;

  /**
   * Lower layers.
   *
   * @param source their directories, top first; asked at most once
   * @param empty whether there are none, known without asking
   */
  LowerLayers(Supplier<List<Path>> source, boolean empty, WhiteoutStyle style) {
    this.source = source;
    this.empty = empty;
    this.opaqueName = opaqueName(style);
  }

  static LowerLayers of(List<Path> directories, WhiteoutStyle style) {
    return new LowerLayers(() -> directories, directories.isEmpty(), style);
  }

  /** The attribute that makes a directory hide the one below it. */
  static byte[] opaqueName(WhiteoutStyle style) {
    return Trees.bytes(
        style == WhiteoutStyle.OVERLAY_USERXATTR
            ? "user.overlay.opaque"
            : "trusted.overlay.opaque");
  }

  /** Whether this is the first layer. */
  boolean isEmpty() {
    return empty;
  }

  /** What is visible under a real path, or null; the empty path is the topmost root. */
  @Nullable Found find(RawPath path) {
    if (empty) {
      return null;
    }
    if (path.isEmpty()) {
      Fd top = roots().getFirst();
      return new Found(open(top, Trees.bytes(".")), Trees.bytes("."), FileCalls.statx(top));
    }
    List<RawPath> components = path.components();
    Stat.Buffer stat = new Stat.Buffer();
    for (Fd root : roots()) {
      boolean opaque = false;
      Fd at = root;
      boolean found = false;
      try {
        for (int i = 0; ; i++) {
          byte[] name = components.get(i).bytes();
          int result = FileCalls.tryStatx(at, name, At.SYMLINK_NOFOLLOW, stat);
          if (result == -Errno.ENOENT) {
            break;
          }
          if (result < 0) {
            FileCalls.statx(at, name, At.SYMLINK_NOFOLLOW); // throws with the reason
          }
          if (i == components.size() - 1) {
            if (isWhiteout(stat)) {
              return null;
            }
            found = true;
            Fd parent = at == root ? open(root, Trees.bytes(".")) : at;
            return new Found(parent, name, stat.toStat());
          }
          if (stat.type() != Stat.DIRECTORY) {
            return null;
          }
          opaque |= isOpaque(at, name);
          Fd next = open(at, name);
          if (at != root) {
            at.close();
          }
          at = next;
        }
      } finally {
        if (at != root && !found) {
          at.close();
        }
      }
      if (opaque) {
        return null;
      }
    }
    return null;
  }

  /** The names visible in the root. */
  Set<RawPath> rootNames() {
    Set<RawPath> visible = new HashSet<>();
    Set<RawPath> hidden = new HashSet<>();
    Stat.Buffer stat = new Stat.Buffer();
    if (!empty) {
      for (Fd root : roots()) {
        for (DirectoryEntry entry : FileCalls.list(root)) {
          RawPath name = RawPath.of(entry.name());
          if (hidden.contains(name) || visible.contains(name)) {
            continue;
          }
          boolean whiteout =
              FileCalls.tryStatx(root, entry.name(), At.SYMLINK_NOFOLLOW, stat) == 0
                  && isWhiteout(stat);
          (whiteout ? hidden : visible).add(name);
        }
      }
    }
    return visible;
  }

  private boolean isOpaque(Fd parent, byte[] name) {
    byte[] value = Xattrs.get(parent, name, opaqueName);
    return value != null && value.length == 1 && value[0] == 'y';
  }

  /** Whether it is the character device 0/0. */
  static boolean isWhiteout(Stat.Buffer stat) {
    if (stat.type() != Stat.CHARACTER_DEVICE) {
      return false;
    }
    Stat whole = stat.toStat();
    return whole.deviceMajor() == 0 && whole.deviceMinor() == 0;
  }

  private static Fd open(Fd parent, byte[] name) {
    return FileCalls.openat2(parent, name, STEP, 0, ONE_STEP);
  }

  private List<Fd> roots() {
    List<Fd> opened = roots;
    if (opened == null) {
      opened = new ArrayList<>();
      roots = opened;
      for (Path directory : source.get()) {
        opened.add(FileCalls.open(directory.toString(), STEP));
      }
    }
    return opened;
  }

  @Override
  public void close() {
    List<Fd> opened = roots;
    if (opened != null) {
      for (Fd fd : opened) {
        fd.close();
      }
      opened.clear();
    }
  }
}

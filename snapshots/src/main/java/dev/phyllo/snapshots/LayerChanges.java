package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.InvalidException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The layer as it grows: its directories, what it has of its own, what it whites out, and what can
 * only be settled when all entries are there (times of directories, directories without an entry).
 *
 * <p>Paths here are real paths, see {@link LayerTree}.
 */
final class LayerChanges implements LayerTree.Missing {
  private static final byte[] YES = {'y'};

  /** The times a directory gets at the end, when nothing is made in it any more. */
  private record Times(long seconds, int nanos) {}

  private final LayerTree tree;
  private final LowerLayers below;
  private final WhiteoutStyle style;
  private final boolean plain;
  private final byte[] opaqueName;
  private final Stat.Buffer stat = new Stat.Buffer();

  private final Map<RawPath, Times> times = new HashMap<>();

  /** Directories made because something below them was needed. */
  private final Set<RawPath> implied = new HashSet<>();

  /** Those of them that this layer deleted before: they have nothing below to look like. */
  private final Set<RawPath> remade = new HashSet<>();

  /** In a plain tree: what this layer made or has something below. */
  private final Set<RawPath> own = new HashSet<>();

  private boolean rootHasEntry;
  private boolean rootIsOpaque;

  LayerChanges(LayerTree tree, LowerLayers below, WhiteoutStyle style) {
    this.tree = tree;
    this.below = below;
    this.style = style;
    this.plain = style == WhiteoutStyle.PLAIN;
    this.opaqueName = LowerLayers.opaqueName(style);
  }

  LowerLayers below() {
    return below;
  }

  /** The directory with this clean name, made with all above it if missing; to be released. */
  LayerTree.Directory directory(RawPath name) {
    LayerTree.Directory directory = tree.resolve(name, this);
    if (directory == null) {
      throw new IllegalStateException("not made: " + name);
    }
    return directory;
  }

  /** The directory with this clean name, if this layer has it; to be released. */
  LayerTree.@Nullable Directory existing(RawPath name) {
    return tree.resolve(name, LayerTree.Missing.NEVER);
  }

  @Override
  public void made(LayerTree.Directory directory, RawPath name, RawPath path) {
    implied.add(path);
    note(path);
  }

  /** A directory that this layer deleted and now needs is made anew, and hides the one below. */
  @Override
  public boolean givesWay(LayerTree.Directory directory, RawPath name, Stat.Buffer what) {
    if (plain || !LowerLayers.isWhiteout(what)) {
      return false;
    }
    byte[] component = name.bytes();
    FileCalls.unlinkat(directory.fd, component, 0);
    FileCalls.mkdirat(directory.fd, component, 0755);
    hideLower(directory.fd, component);
    RawPath path = directory.path.resolve(name);
    implied.add(path);
    remade.add(path);
    return true;
  }

  /** An entry is about to be made at this real path. */
  void note(RawPath path) {
    if (plain) {
      RawPath at = path;
      while (!at.isEmpty() && own.add(at)) {
        at = at.parent();
      }
    }
  }

  /** A directory has an entry of its own, whose time it gets at the end. */
  void hasEntry(RawPath path, long seconds, int nanos) {
    if (path.isEmpty()) {
      rootHasEntry = true;
    }
    implied.remove(path);
    times.put(path, new Times(seconds, nanos));
  }

  /**
   * Removes what is at a real path, of whatever type, and forgets all that was to be done there.
   */
  void clear(LayerTree.Directory parent, RawPath name, boolean isDirectory) {
    Trees.remove(parent.fd, name.bytes());
    if (isDirectory) {
      RawPath path = parent.path.resolve(name);
      tree.forget(path);
      times.keySet().removeIf(p -> p.startsWith(path));
      implied.removeIf(p -> p.startsWith(path));
    }
  }

  /** Makes a directory in this layer hide the same directory below. */
  void hideLower(Fd parent, byte[] name) {
    if (!plain && !below.isEmpty()) {
      Xattrs.set(parent, name, opaqueName, YES, 0);
    }
  }

  // Whiteouts.

  /** {@code .wh.NAME}. */
  void delete(RawPath name) {
    if (!plain && below.isEmpty()) {
      return;
    }
    LayerTree.Directory parent = directory(name.parent());
    try {
      RawPath last = name.name();
      byte[] component = last.bytes();
      RawPath path = parent.path.resolve(last);
      int result = FileCalls.tryStatx(parent.fd, component, At.SYMLINK_NOFOLLOW, stat);
      if (result == -Errno.ENOENT) {
        if (!plain) {
          FileCalls.mknodat(parent.fd, component, Stat.CHARACTER_DEVICE, 0);
        }
      } else if (result < 0) {
        throw Attributes.failure("statx", path, -result);
      } else if (plain) {
        deletePlain(parent, last, path, stat.type() == Stat.DIRECTORY);
      } else if (stat.type() == Stat.DIRECTORY) {
        hideLower(parent.fd, component);
      }
    } finally {
      parent.release();
    }
  }

  private void deletePlain(
      LayerTree.Directory parent, RawPath name, RawPath path, boolean isDirectory) {
    if (!own.contains(path)) {
      clear(parent, name, isDirectory);
    } else if (isDirectory) {
      purge(path);
    }
  }

  /** {@code .wh..wh..opq}. */
  void makeOpaque(RawPath name) {
    if (!plain && below.isEmpty()) {
      return;
    }
    LayerTree.Directory directory = directory(name);
    try {
      if (plain) {
        purge(directory.path);
      } else if (directory.path.isEmpty()) {
        rootIsOpaque = true; // overlayfs does not look at the attribute of a layer's root
      } else {
        Xattrs.set(directory.fd, opaqueName, YES, 0);
      }
    } finally {
      directory.release();
    }
  }

  /** Deletes from a directory of a plain tree all that is not this layer's own. */
  private void purge(RawPath path) {
    LayerTree.Directory directory = existing(path);
    if (directory == null) {
      return;
    }
    try {
      for (DirectoryEntry entry : FileCalls.list(directory.fd)) {
        RawPath name = RawPath.of(entry.name());
        RawPath child = path.resolve(name);
        FileCalls.tryStatx(directory.fd, entry.name(), At.SYMLINK_NOFOLLOW, stat);
        deletePlain(directory, name, child, stat.type() == Stat.DIRECTORY);
      }
    } finally {
      directory.release();
    }
  }

  // The end.

  /** Settles what had to wait for the last entry. */
  void finish() {
    if (rootIsOpaque) {
      hideLowerRoot();
    }
    inherit();
    // Sorted, so that neighbours find their directory still open.
    for (Map.Entry<RawPath, Times> e : new TreeMap<>(times).entrySet()) {
      LayerTree.Directory directory = existing(e.getKey());
      if (directory == null) {
        throw new InvalidException(e.getKey().toString(), "vanished while it was unpacked", "");
      }
      Times t = e.getValue();
      FileCalls.futimens(directory.fd, t.seconds, t.nanos, t.seconds, t.nanos);
      directory.release();
    }
  }

  /** Whites out every name of the lower root that this layer does not have itself. */
  private void hideLowerRoot() {
    LayerTree.Directory root = tree.root();
    try {
      for (RawPath name : below.rootNames()) {
        byte[] component = name.bytes();
        int result = FileCalls.tryStatx(root.fd, component, At.SYMLINK_NOFOLLOW, stat);
        if (result == -Errno.ENOENT) {
          FileCalls.mknodat(root.fd, component, Stat.CHARACTER_DEVICE, 0);
        } else if (result == 0 && stat.type() == Stat.DIRECTORY) {
          hideLower(root.fd, component);
        }
      }
    } finally {
      root.release();
    }
  }

  /** Directories without an entry look as the same directories do in the layers below. */
  private void inherit() {
    for (RawPath path : List.copyOf(implied)) {
      LayerTree.Directory directory = existing(path);
      if (directory != null) {
        if (remade.contains(path) || !inherit(path, directory.fd)) {
          FileCalls.fchmod(directory.fd, 0755); // whatever the umask is
        }
        directory.release();
      }
    }
    if (!rootHasEntry) {
      LayerTree.Directory root = tree.root();
      inherit(RawPath.EMPTY, root.fd);
      root.release();
    }
  }

  private boolean inherit(RawPath path, Fd directory) {
    LowerLayers.Found found = below.find(path);
    if (found == null) {
      return false;
    }
    try (found) {
      if (!found.stat.isDirectory()) {
        return false;
      }
      Attributes.copyDirectory(found, directory);
      times.put(path, new Times(found.stat.modifySeconds(), found.stat.modifyNanos()));
      return true;
    }
  }

  /** The style in which this layer is written. */
  WhiteoutStyle style() {
    return style;
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The directories of one layer on disk, each reached by descriptor from the layer's root.
 *
 * <p>This is what keeps an archive inside. Every directory is opened either component by component,
 * no component being followed if it is a symbolic link, or as a whole path in which the kernel
 * follows no link and leaves the root in no way (openat2(2): RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS,
 * RESOLVE_NO_MAGICLINKS, RESOLVE_NO_XDEV). Symbolic links are read and resolved here, with the
 * layer's root as the root: {@code ..} goes to the directory whose path is one component shorter,
 * and never above the root. Someone who exchanges directories and links at the same time can make
 * an extraction fail, but cannot lead it out.
 *
 * <p>A directory is known by its <em>real path</em>: the path from the root without links. Entries
 * of an archive mostly follow their directories, so a few descriptors are kept open.
 */
final class LayerTree implements AutoCloseable {
  /** Opened for reading, so that attributes can be set and names listed. */
  private static final int DIRECTORY = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;

  private static final int INSIDE =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  /** As many links as the kernel would follow and more; path_resolution(7) has 40. */
  private static final int MAX_LINKS = 255;

  private static final int MAX_RETRIES = 100;
  private static final int KEPT_OPEN = 64;

  /** An open directory; open until its {@link #release}, even if it has left the cache. */
  static final class Directory {
    final Fd fd;
    final RawPath path;
    private int pins;
    private boolean dropped;

    Directory(Fd fd, RawPath path) {
      this.fd = fd;
      this.path = path;
    }

    /** The caller no longer uses the descriptor. */
    void release() {
      if (--pins == 0 && dropped) {
        fd.close();
      }
    }
  }

  /** Decides about what is in the way of a path, and hears of directories that are made. */
  interface Missing {
    /** Nothing is made: what is missing is missing. */
    @Nullable Missing NEVER = null;

    /** A directory was made because something below it is needed. */
    void made(Directory directory, RawPath name, RawPath path);

    /** Whether this non-directory may give way to a new directory. */
    boolean givesWay(Directory directory, RawPath name, Stat.Buffer what);
  }

  private final Directory root;
  private final int inside;
  private final Map<RawPath, Directory> open = new LinkedHashMap<>(KEPT_OPEN * 2, 0.75f, true);
  private final Stat.Buffer stat = new Stat.Buffer();

  LayerTree(Path root) {
    this(FileCalls.open(root.toString(), Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW));
  }

  /**
   * The tree below an open directory.
   *
   * @param root closed with this
   */
  LayerTree(Fd root) {
    this(root, INSIDE);
  }

  /**
   * The same with other rules of openat2(2) for what is followed.
   *
   * @param root closed with this
   * @param inside RESOLVE flags, which keep to the tree and follow no link
   */
  LayerTree(Fd root, int inside) {
    this.root = new Directory(root, RawPath.EMPTY);
    this.root.pins = 1; // until close
    this.inside = inside;
  }

  /** The layer's root. */
  Directory root() {
    root.pins++;
    return root;
  }

  /**
   * The directory that a clean name leads to, links followed within the root.
   *
   * @param missing makes what is missing; if null, nothing is made
   * @return to be released by the caller; null if it is not there and nothing is made
   * @throws InvalidException if something on the way is not a directory
   */
  @Nullable Directory resolve(RawPath name, @Nullable Missing missing) {
    Directory known = open.get(name);
    if (known != null) {
      known.pins++;
      return known;
    }
    if (name.isEmpty()) {
      return root();
    }
    int fd = FileCalls.tryOpenat2(root.fd, name.bytes(), DIRECTORY, 0, inside);
    return fd >= 0 ? keep(Fd.of(fd), name) : walk(name, missing);
  }

  private @Nullable Directory walk(RawPath name, @Nullable Missing missing) {
    Deque<RawPath> ahead = new ArrayDeque<>(name.components());
    Directory at = root();
    int links = 0;
    int retries = 0;
    while (true) {
      RawPath next = ahead.poll();
      if (next == null) {
        return at;
      }
      Directory from = at;
      boolean keepFrom = false;
      try {
        if (EntryNames.isDotDot(next)) {
          at = reopen(from.path.parent(), name);
          continue;
        }
        RawPath path = from.path.resolve(next);
        Directory known = open.get(path);
        if (known != null) {
          known.pins++;
          at = known;
          continue;
        }
        byte[] component = next.bytes();
        int fd = FileCalls.tryOpenat2(from.fd, component, DIRECTORY, 0, inside);
        if (fd >= 0) {
          at = keep(Fd.of(fd), path);
          retries = 0;
          continue;
        }
        if (fd == -Errno.ENOENT) {
          if (missing == null) {
            return null;
          }
          int made = FileCalls.tryMkdirat(from.fd, component, 0755);
          if (made == 0) {
            missing.made(from, next, path);
          } else if (made != -Errno.EEXIST) {
            throw failure("mkdirat", path, -made);
          }
        } else if (FileCalls.tryStatx(from.fd, component, At.SYMLINK_NOFOLLOW, stat) == 0) {
          if (stat.type() == Stat.SYMLINK) {
            if (++links > MAX_LINKS) {
              throw new InvalidException(name.toString(), "too many symbolic links on the way", "");
            }
            RawPath target = RawPath.of(FileCalls.readlinkat(from.fd, component));
            List<RawPath> components = target.components();
            for (int i = components.size() - 1; i >= 0; i--) {
              ahead.push(components.get(i));
            }
            if (!target.isEmpty() && target.byteAt(0) == '/') {
              at = root();
            } else {
              keepFrom = true;
            }
            continue;
          }
          if (stat.type() != Stat.DIRECTORY
              && (missing == null || !missing.givesWay(from, next, stat))) {
            throw new InvalidException(name.toString(), path + " is not a directory", "");
          }
        }
        // The thing changed, or was changed, between two calls: look again.
        if (++retries > MAX_RETRIES) {
          throw failure("openat2", path, fd == -Errno.ENOENT ? Errno.EAGAIN : -fd);
        }
        ahead.push(next);
        keepFrom = true;
      } finally {
        if (!keepFrom) {
          from.release();
        }
      }
    }
  }

  /** A directory by its real path. */
  private Directory reopen(RawPath path, RawPath name) {
    if (path.isEmpty()) {
      return root();
    }
    Directory directory = resolve(path, Missing.NEVER);
    if (directory == null) {
      throw new InvalidException(name.toString(), path + " vanished on the way", "");
    }
    return directory;
  }

  private Directory keep(Fd fd, RawPath path) {
    Directory directory = new Directory(fd, path);
    directory.pins = 1;
    Directory before = open.put(path, directory);
    if (before != null) {
      drop(before);
    }
    if (open.size() > KEPT_OPEN) {
      Iterator<Directory> eldest = open.values().iterator();
      drop(eldest.next());
      eldest.remove();
    }
    return directory;
  }

  private static void drop(Directory directory) {
    directory.dropped = true;
    if (directory.pins == 0) {
      directory.fd.close();
    }
  }

  /** Something at this real path was removed: what was known of it and below it is forgotten. */
  void forget(RawPath path) {
    Iterator<Directory> all = open.values().iterator();
    while (all.hasNext()) {
      Directory directory = all.next();
      if (directory.path.startsWith(path)) {
        drop(directory);
        all.remove();
      }
    }
  }

  private static SystemException failure(String call, RawPath path, int errno) {
    return new SystemException(path.toString(), call + ": " + Errno.describe(errno), "", errno);
  }

  @Override
  public void close() {
    for (Directory directory : open.values()) {
      directory.fd.close();
    }
    open.clear();
    root.fd.close();
  }
}

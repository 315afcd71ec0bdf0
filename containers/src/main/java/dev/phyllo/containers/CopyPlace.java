package dev.phyllo.containers;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One end of a copy: a name in an open directory. In a container every path is resolved with its
 * root as the root; on the host the root is the host's.
 */
final class CopyPlace implements AutoCloseable {
  private static final int MAX_LINKS = 40;

  private final @Nullable Fd parent;
  private final byte[] name;
  private final String path;
  private final @Nullable Stat stat;
  private final boolean contents;
  private final boolean slash;
  private @Nullable Fd inside;

  private CopyPlace(
      @Nullable Fd parent,
      String path,
      String name,
      @Nullable Stat stat,
      boolean contents,
      boolean slash) {
    this.parent = parent;
    this.path = path;
    this.name = RootMount.bytes(name);
    this.stat = stat;
    this.contents = contents;
    this.slash = slash;
  }

  /** Where a copy ends: what the source is called, in which directory. */
  record Target(RawPath directory, RawPath name, boolean inside) {}

  static CopyPlace inRoot(Fd root, String path, boolean follow) {
    return find(root, path, follow, Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
  }

  static CopyPlace onHost(String path, boolean follow) {
    try (Fd root = FileCalls.open("/", Open.PATH | Open.DIRECTORY)) {
      return find(root, ContainerCopy.absolute(path), follow, Resolve.IN_ROOT);
    }
  }

  private static CopyPlace find(Fd root, String path, boolean follow, int resolve) {
    boolean contents = path.equals(".") || path.endsWith("/.");
    boolean slash = path.endsWith("/") && path.length() > 1;
    List<String> parts = parts(path);
    for (int links = 0; ; links++) {
      if (links > MAX_LINKS) {
        throw new InvalidException(
            path,
            "too many symbolic links",
            "a link on the way leads in a circle: name the file itself");
      }
      String above = parts.isEmpty() ? "." : String.join("/", parts.subList(0, parts.size() - 1));
      String name = parts.isEmpty() ? "." : parts.getLast();
      int number =
          FileCalls.tryOpenat2(
              root,
              RootMount.bytes(above.isEmpty() ? "." : above),
              Open.PATH | Open.DIRECTORY,
              0,
              resolve);
      if (number == -Errno.ENOENT || number == -Errno.ENOTDIR) {
        return new CopyPlace(null, String.join("/", parts), name, null, contents, slash);
      }
      if (number < 0) {
        throw new SystemException(path, "openat2: " + Errno.describe(-number), "", -number);
      }
      Fd parent = Fd.of(number);
      Stat stat = FileCalls.statOrNull(parent, RootMount.bytes(name));
      boolean link = stat != null && stat.type() == Stat.SYMLINK;
      if (!link || !follow && !contents && !slash) {
        return new CopyPlace(parent, String.join("/", parts), name, stat, contents, slash);
      }
      String target;
      try (parent) {
        byte[] bytes = FileCalls.readlinkat(parent, RootMount.bytes(name));
        target = new String(bytes, StandardCharsets.UTF_8);
      }
      parts = parts(target.startsWith("/") ? target : above + "/" + target);
    }
  }

  private static List<String> parts(String path) {
    List<String> kept = new ArrayList<>();
    for (String part : VolumeSyntax.split(path, '/')) {
      if (part.equals("..")) {
        if (!kept.isEmpty()) {
          kept.removeLast();
        }
      } else if (!part.isEmpty() && !part.equals(".")) {
        kept.add(part);
      }
    }
    return kept;
  }

  /**
   * This place, which has to be there.
   *
   * @throws NotFoundException if it is not
   */
  CopyPlace required(String thing) {
    if (stat == null) {
      throw new NotFoundException(
          thing, "no such file or directory", "check the path: phyllo exec CONTAINER ls");
    }
    if (slash && !isDirectory()) {
      throw new InvalidException(thing, "not a directory", "leave the last slash out");
    }
    return this;
  }

  boolean isDirectory() {
    return stat != null && stat.isDirectory();
  }

  Fd parent() {
    Fd open = parent;
    if (open == null) {
      throw new IllegalStateException(path);
    }
    return open;
  }

  byte[] name() {
    return name;
  }

  /** Where it is below the root, without links in its last part. */
  RawPath path() {
    return RawPath.of(path);
  }

  /** What it is called in an archive: empty for a directory's content alone. */
  RawPath sourceName() {
    return contents || path.isEmpty() ? RawPath.EMPTY : RawPath.of(name);
  }

  /**
   * Where a source goes if this is the destination.
   *
   * @param thing what to call this in an error
   */
  Target target(CopyPlace source, String thing) {
    if (isDirectory()) {
      return new Target(path(), source.sourceName(), true);
    }
    if (parent == null) {
      throw new NotFoundException(thing, "the directory it is to be in does not exist", "make it");
    }
    if (stat != null && source.isDirectory()) {
      throw new InvalidException(thing, "a directory cannot replace a file", "name another place");
    }
    if ((slash || contents) && !source.isDirectory()) {
      throw new NotFoundException(thing, "no such directory", "make it, or leave the slash out");
    }
    return new Target(path().parent(), RawPath.of(name), false);
  }

  /** The directory of a target of this place, to be closed by nobody but this. */
  Fd parentOf(Target target) {
    if (!target.inside()) {
      return parent();
    }
    Fd open = inside;
    if (open == null) {
      open =
          FileCalls.openat2(
              parent(), name, Open.PATH | Open.DIRECTORY | Open.NOFOLLOW, 0, Resolve.NO_MAGICLINKS);
      inside = open;
    }
    return open;
  }

  @Override
  public void close() {
    if (parent != null) {
      parent.close();
    }
    if (inside != null) {
      inside.close();
    }
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.Whiteout;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a snapshot's directory must hold according to its layer, without unpacking anything: the
 * rules of {@link Applier} applied to names in memory. Where those rules depend on the layers below
 * (a directory without an entry, a hard link to a lower file) it expects less.
 *
 * <p>For a snapshotter whose directories hold whole trees ({@link WhiteoutStyle#PLAIN}) the layers
 * of a chain are added one after the other; otherwise each layer has a tree of its own.
 */
public final class ExpectedTree {
  private static final int MAX_LINKS = 40; // as the kernel

  /** What is expected under a name; -1 and null are anything. */
  static final class Node {
    final int type;
    final int mode;
    final long size;
    final @Nullable RawPath target;
    final byte @Nullable [] hash;

    Node(int type, int mode, long size, @Nullable RawPath target, byte @Nullable [] hash) {
      this.type = type;
      this.mode = mode;
      this.size = size;
      this.target = target;
      this.hash = hash;
    }

    static Node ofType(int type) {
      return new Node(type, -1, -1, null, null);
    }
  }

  /** The type of a whiteout; no file has it. */
  static final int WHITEOUT = 1;

  /** The type of something of which only the name is known. */
  static final int ANYTHING = -1;

  private final WhiteoutStyle style;
  private final boolean deep;
  private final Map<RawPath, Node> nodes = new HashMap<>();
  private final Set<RawPath> own = new HashSet<>();
  private boolean rootIsOpaque;

  /**
   * An empty tree.
   *
   * @param deep whether to remember what files hold, and not only their sizes
   */
  public ExpectedTree(WhiteoutStyle style, boolean deep) {
    this.style = style;
    this.deep = deep;
  }

  /**
   * Adds a layer; afterwards its archive is read to the last entry.
   *
   * @param first whether there is none below, so that whiteouts mean nothing
   */
  public void add(TarReader tar, boolean first) {
    own.clear();
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      RawPath name = EntryNames.clean(entry.name());
      switch (Whiteout.of(name)) {
        case null -> put(name, entry, tar);
        case Whiteout.Delete(RawPath path) -> {
          if (!first) {
            delete(path);
          }
        }
        case Whiteout.Opaque(RawPath path) -> {
          if (!first) {
            makeOpaque(path);
          }
        }
        case Whiteout.Metadata _ -> {}
      }
    }
  }

  /**
   * Compares a directory with what is expected.
   *
   * @return what differs, each beginning with the path; empty if nothing does
   */
  public List<String> compare(Path directory) {
    return new TreeComparison(nodes, rootIsOpaque, style).compare(directory);
  }

  private void put(RawPath name, TarEntry entry, TarReader tar) {
    RawPath path = name.isEmpty() ? name : parentOf(name).resolve(name.name());
    Node node = node(entry, tar);
    if (name.isEmpty() && node.type != Stat.DIRECTORY) {
      return; // the root stays a directory
    }
    if (node.type != Stat.DIRECTORY) {
      remove(path);
    }
    note(path);
    nodes.put(path, node);
  }

  private Node node(TarEntry entry, TarReader tar) {
    return switch (entry.type()) {
      case DIRECTORY -> new Node(Stat.DIRECTORY, entry.mode() & 07777, -1, null, null);
      case FILE ->
          new Node(
              Stat.FILE, entry.mode() & 07777, entry.size(), null, deep ? hash(entry, tar) : null);
      case SYMLINK -> new Node(Stat.SYMLINK, -1, -1, entry.linkName(), null);
      case HARDLINK -> {
        RawPath target = EntryNames.clean(entry.linkName());
        Node linked = target.isEmpty() ? null : nodes.get(resolve(target));
        yield linked == null || linked.type == WHITEOUT ? Node.ofType(ANYTHING) : linked;
      }
      case FIFO -> new Node(Stat.FIFO, entry.mode() & 07777, -1, null, null);
      case CHARACTER_DEVICE -> Node.ofType(Stat.CHARACTER_DEVICE);
      case BLOCK_DEVICE -> Node.ofType(Stat.BLOCK_DEVICE);
    };
  }

  private static byte[] hash(TarEntry entry, TarReader tar) {
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    byte[] buffer = new byte[1 << 16];
    try {
      InputStream in = tar.content();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    } catch (IOException e) {
      throw new SystemException(entry.name().toString(), e);
    }
    return hash.digest();
  }

  private void delete(RawPath name) {
    RawPath path = parentOf(name).resolve(name.name());
    if (style == WhiteoutStyle.PLAIN) {
      deletePlain(path);
    } else {
      nodes.putIfAbsent(path, Node.ofType(WHITEOUT));
    }
  }

  private void deletePlain(RawPath path) {
    for (RawPath at : List.copyOf(nodes.keySet())) {
      if (at.startsWith(path) && !own.contains(at)) {
        nodes.remove(at);
      }
    }
  }

  private void makeOpaque(RawPath name) {
    RawPath path = name.isEmpty() ? name : directory(name);
    if (style != WhiteoutStyle.PLAIN) {
      rootIsOpaque |= path.isEmpty();
      return;
    }
    for (RawPath at : List.copyOf(nodes.keySet())) {
      if (at.startsWith(path) && !at.equals(path) && !own.contains(at)) {
        nodes.remove(at);
      }
    }
  }

  private void remove(RawPath path) {
    Node there = nodes.remove(path);
    if (there != null && there.type == Stat.DIRECTORY) {
      nodes.keySet().removeIf(at -> at.startsWith(path));
    }
  }

  private void note(RawPath path) {
    for (RawPath at = path; !at.isEmpty() && own.add(at); at = at.parent()) {
      // The loop's head does all.
    }
  }

  /** The real path of the directory an entry is in, expected from now on if it was not. */
  private RawPath parentOf(RawPath name) {
    return directory(name.parent());
  }

  private RawPath directory(RawPath name) {
    RawPath path = resolve(name);
    for (RawPath at = path; !at.isEmpty(); at = at.parent()) {
      Node node = nodes.get(at);
      if (node == null || node.type == WHITEOUT) {
        nodes.put(at, Node.ofType(Stat.DIRECTORY));
      }
    }
    return path;
  }

  /** Follows the symbolic links of this tree as if its root were the root of everything. */
  private RawPath resolve(RawPath name) {
    Deque<RawPath> rest = new ArrayDeque<>(name.components());
    List<RawPath> at = new ArrayList<>();
    int links = 0;
    while (!rest.isEmpty()) {
      RawPath next = rest.poll();
      if (next.toString().equals(".") || next.isEmpty()) {
        continue;
      }
      if (EntryNames.isDotDot(next)) {
        if (!at.isEmpty()) {
          at.removeLast();
        }
        continue;
      }
      at.add(next);
      Node node = nodes.get(joined(at));
      if (node != null && node.target != null && links++ < MAX_LINKS) {
        at.removeLast();
        if (node.target.length() > 0 && node.target.byteAt(0) == '/') {
          at.clear();
        }
        for (RawPath component : node.target.components().reversed()) {
          rest.push(component);
        }
      }
    }
    return joined(at);
  }

  private static RawPath joined(List<RawPath> components) {
    RawPath path = RawPath.EMPTY;
    for (RawPath component : components) {
      path = path.resolve(component);
    }
    return path;
  }
}

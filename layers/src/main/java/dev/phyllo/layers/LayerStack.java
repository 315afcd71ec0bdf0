package dev.phyllo.layers;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Layers laid on top of each other in memory: what the merged tree shows, which layer each part of
 * it comes from, and what lies hidden below. Made from the archives alone, so it needs neither a
 * mount nor an unpacked image, and works on any system.
 *
 * <p>The rules are those of layer.md, "Applying Changesets", in the reading that is used to unpack:
 * a name is relative to the layer's root, {@code ..} removes the component before it, symbolic
 * links of the same layer on the way are followed inside of it, and a whiteout hides what layers
 * below have and nothing of its own.
 */
public final class LayerStack {
  private static final int MAX_LINKS = 40; // as the kernel, path_resolution(7)
  private static final RawPath DOT_DOT = RawPath.of("..");

  private final StackNode root = new StackNode(RawPath.EMPTY, null);
  private final int maxPaths;
  private int paths;
  private int layers;

  /**
   * A stack without layers.
   *
   * @param maxPaths how many paths all layers together may have
   */
  public LayerStack(int maxPaths) {
    this.maxPaths = maxPaths;
    root.put(new StackNode.Version(0, null, true, false, false));
  }

  /** The root directory. */
  public StackNode root() {
    return root;
  }

  /** How many layers there are. */
  public int layers() {
    return layers;
  }

  /**
   * Adds a layer on top; afterwards its archive is read to the last entry.
   *
   * @throws InvalidException if the archive is malformed, or there are too many paths
   */
  public void add(TarReader tar) {
    int layer = layers++;
    for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
      RawPath name = inside(entry.name());
      switch (Whiteout.of(name)) {
        case null -> put(layer, name, entry);
        case Whiteout.Delete(RawPath path) -> {
          StackNode node = make(layer, path);
          mark(node, layer, true, false);
        }
        case Whiteout.Opaque(RawPath path) -> {
          StackNode node = path.isEmpty() ? root : directory(layer, path);
          mark(node, layer, false, true);
        }
        case Whiteout.Metadata _ -> {}
      }
    }
  }

  /** What a path leads to. */
  public record Found(StackNode node, List<StackNode> links) {
    /** Keeps a copy. */
    public Found {
      links = List.copyOf(links);
    }
  }

  /**
   * Walks to a path as the kernel would in the merged tree, symbolic links on the way included; a
   * link at its end is not followed.
   *
   * @param path absolute or relative to the root
   * @return the node, which may be one that is visible no more, and the links on the way to it;
   *     null if no layer has such a path
   */
  public @Nullable Found find(RawPath path) {
    Deque<RawPath> rest = new ArrayDeque<>(path.components());
    List<StackNode> links = new ArrayList<>();
    StackNode at = root;
    while (!rest.isEmpty()) {
      RawPath next = rest.poll();
      if (next.equals(DOT_DOT)) {
        StackNode parent = at.parent();
        at = parent == null ? at : parent;
        continue;
      }
      StackNode child = at.child(next);
      if (child == null) {
        return null;
      }
      StackNode.Version seen = child.visible();
      TarEntry entry = seen == null ? null : seen.entry();
      if (!rest.isEmpty() && entry != null && entry.type() == TarEntry.Type.SYMLINK) {
        if (links.size() == MAX_LINKS) {
          throw new InvalidException(
              path.toString(),
              "too many levels of symbolic links",
              "a link on the way leads in a circle: name the file itself");
        }
        links.add(child);
        at = push(rest, entry.linkName()) ? root : at;
      } else {
        at = child;
      }
    }
    return new Found(at, links);
  }

  /**
   * Where an entry of a layer ended up when that was added.
   *
   * @return null if it is a whiteout, or was replaced by a later entry of its layer
   */
  public @Nullable StackNode nodeOf(int layer, TarEntry entry) {
    RawPath name = inside(entry.name());
    if (Whiteout.of(name) != null) {
      return null;
    }
    Deque<RawPath> rest = new ArrayDeque<>(name.parent().components());
    StackNode at = root;
    int links = 0;
    while (!rest.isEmpty()) {
      RawPath next = rest.poll();
      if (next.equals(DOT_DOT)) {
        StackNode parent = at.parent();
        at = parent == null ? at : parent;
        continue;
      }
      StackNode child = at.child(next);
      StackNode.Version here = child == null ? null : child.ofLayer(layer);
      if (child == null || here == null) {
        return null;
      }
      TarEntry link = here.entry();
      if (link != null && link.type() == TarEntry.Type.SYMLINK && links++ < MAX_LINKS) {
        at = push(rest, link.linkName()) ? root : at;
      } else {
        at = child;
      }
    }
    StackNode node = name.isEmpty() ? root : at.child(name.name());
    StackNode.Version here = node == null ? null : node.ofLayer(layer);
    return here != null && entry.equals(here.entry()) ? node : null;
  }

  private void put(int layer, RawPath name, TarEntry entry) {
    if (name.isEmpty() && entry.type() != TarEntry.Type.DIRECTORY) {
      return; // the root stays a directory
    }
    StackNode node = name.isEmpty() ? root : make(layer, name);
    StackNode.Version before = node.inLayer(layer);
    if (entry.type() != TarEntry.Type.DIRECTORY && before != null && before.isDirectory()) {
      node.forgetBelow(layer);
    }
    boolean whiteout = before != null && before.whiteout();
    boolean opaque = before != null && before.opaque();
    node.put(new StackNode.Version(layer, entry, false, whiteout, opaque));
  }

  private static void mark(StackNode node, int layer, boolean whiteout, boolean opaque) {
    StackNode.Version before = node.inLayer(layer);
    node.put(
        new StackNode.Version(
            layer,
            before == null ? null : before.entry(),
            before != null && before.implied() || opaque && (before == null || !before.isThere()),
            whiteout || before != null && before.whiteout(),
            opaque || before != null && before.opaque()));
  }

  /** The node of a name, below directories that the layer has from now on. */
  private StackNode make(int layer, RawPath name) {
    StackNode directory = directory(layer, name.parent());
    StackNode child = directory.child(name.name());
    return child == null ? added(directory, name.name()) : child;
  }

  /** Walks through the layer's own directories and links, making what is missing. */
  private StackNode directory(int layer, RawPath name) {
    Deque<RawPath> rest = new ArrayDeque<>(name.components());
    StackNode at = root;
    int links = 0;
    while (!rest.isEmpty()) {
      RawPath next = rest.poll();
      if (next.equals(DOT_DOT)) {
        StackNode parent = at.parent();
        at = parent == null ? at : parent;
        continue;
      }
      StackNode child = at.child(next);
      if (child == null) {
        child = added(at, next);
      }
      StackNode.Version here = child.inLayer(layer);
      TarEntry entry = here == null ? null : here.entry();
      if (entry != null && entry.type() == TarEntry.Type.SYMLINK && links++ < MAX_LINKS) {
        at = push(rest, entry.linkName()) ? root : at;
        continue;
      }
      if (here == null || !here.isThere()) {
        child.put(
            new StackNode.Version(
                layer, null, true, here != null && here.whiteout(), here != null && here.opaque()));
      }
      at = child;
    }
    return at;
  }

  private StackNode added(StackNode parent, RawPath name) {
    if (++paths > maxPaths) {
      throw new InvalidException(
          "the image's layers",
          "have more than " + maxPaths + " paths",
          "mount the image and look there");
    }
    return parent.makeChild(name);
  }

  /** Puts a link's target before what is left; returns whether it starts at the root. */
  private static boolean push(Deque<RawPath> rest, RawPath target) {
    for (RawPath component : target.components().reversed()) {
      rest.push(component);
    }
    return target.length() > 0 && target.byteAt(0) == '/';
  }

  /** The name as if the layer's root were the root of everything. */
  private static RawPath inside(RawPath name) {
    RawPath clean = name.clean();
    if (!clean.hasDotDot()) {
      return clean;
    }
    List<RawPath> kept = new ArrayList<>();
    for (RawPath component : clean.components()) {
      if (!component.equals(DOT_DOT)) {
        kept.add(component);
      } else if (!kept.isEmpty()) {
        kept.removeLast();
      }
    }
    RawPath result = RawPath.EMPTY;
    for (RawPath component : kept) {
      result = result.resolve(component);
    }
    return result;
  }
}

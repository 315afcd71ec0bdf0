package dev.phyllo.layers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A path in a {@link LayerStack}, with everything that any of its layers says about it. */
public final class StackNode {
  /**
   * What one layer says about one path.
   *
   * @param layer the layer, 0 at the base
   * @param entry the entry the layer has for the path; null if it has none
   * @param implied whether the path is a directory only because something in it is named
   * @param whiteout whether the layer deletes what the layers below have here
   * @param opaque whether the layer hides what the layers below have in this directory
   */
  public record Version(
      int layer, @Nullable TarEntry entry, boolean implied, boolean whiteout, boolean opaque) {

    /** Whether there is something here in this layer: an entry, or a directory implied by one. */
    public boolean isThere() {
      return entry != null || implied;
    }

    /** Whether what is here is a directory. */
    public boolean isDirectory() {
      return entry == null ? implied : entry.type() == TarEntry.Type.DIRECTORY;
    }
  }

  private final RawPath path;
  private final @Nullable StackNode parent;
  private final List<Version> versions = new ArrayList<>(1);
  private @Nullable TreeMap<RawPath, StackNode> children;

  StackNode(RawPath path, @Nullable StackNode parent) {
    this.path = path;
    this.parent = parent;
  }

  /** The whole path, clean; empty for the root. */
  public RawPath path() {
    return path;
  }

  /** The last component. */
  public RawPath name() {
    return path.name();
  }

  /** The directory it is in; null for the root. */
  public @Nullable StackNode parent() {
    return parent;
  }

  /** What layers say about it, base first; each layer at most once. */
  public List<Version> versions() {
    return Collections.unmodifiableList(versions);
  }

  /** Every path that any layer has directly below this one, sorted by name, visible or not. */
  public Collection<StackNode> all() {
    return children == null ? List.of() : Collections.unmodifiableCollection(children.values());
  }

  /**
   * What is at this path when all layers lie on top of each other: what the topmost layer that has
   * something here says, unless a layer above that one takes it away. Null if nothing is there.
   */
  public @Nullable Version visible() {
    Version seen = null;
    int from = hiddenBelow();
    for (Version v : versions) {
      if (v.layer() < from) {
        continue;
      }
      if (v.whiteout()) {
        seen = null;
      }
      // A directory that is only implied changes nothing on one that is there.
      if (v.entry() != null || v.implied() && (seen == null || !seen.isDirectory())) {
        seen = v;
      }
    }
    return seen;
  }

  /** What is in this directory when all layers lie on top of each other, sorted by name. */
  public List<StackNode> visibleChildren() {
    Version here = visible();
    if (here == null || !here.isDirectory()) {
      return List.of();
    }
    List<StackNode> visible = new ArrayList<>();
    for (StackNode child : all()) {
      if (child.visible() != null) {
        visible.add(child);
      }
    }
    return visible;
  }

  /**
   * The layer that ends the life of what a layer has here: the next one above it that has something
   * else at this path or takes the path, or a directory above it, away. Empty directories put on a
   * directory end nothing.
   *
   * @return the layer's number, or -1 if it is still to be seen
   */
  public int hiddenBy(Version version) {
    int first = Integer.MAX_VALUE;
    for (Version v : versions) {
      if (v.layer() > version.layer()
          && (v.whiteout() || v.entry() != null || v.implied() && !version.isDirectory())) {
        first = v.layer();
        break;
      }
    }
    for (StackNode above = parent; above != null; above = above.parent) {
      for (int cut : above.cuts()) {
        if (cut > version.layer()) {
          first = Math.min(first, cut);
          break;
        }
      }
    }
    return first == Integer.MAX_VALUE ? -1 : first;
  }

  /** The layers that hide what those below them have inside this path, in order. */
  List<Integer> cuts() {
    List<Integer> cuts = new ArrayList<>(0);
    boolean directory = true;
    for (Version v : versions) {
      boolean replaces = v.isThere() && directory != v.isDirectory();
      if (v.whiteout() || v.opaque() || replaces) {
        cuts.add(v.layer());
      }
      if (v.isThere()) {
        directory = v.isDirectory();
      }
    }
    return cuts;
  }

  /** The lowest layer of which something can still be seen at this path. */
  private int hiddenBelow() {
    int from = 0;
    for (StackNode above = parent; above != null; above = above.parent) {
      List<Integer> cuts = above.cuts();
      if (!cuts.isEmpty()) {
        from = Math.max(from, cuts.getLast());
      }
    }
    return from;
  }

  @Nullable StackNode child(RawPath name) {
    return children == null ? null : children.get(name);
  }

  StackNode makeChild(RawPath name) {
    TreeMap<RawPath, StackNode> map = children;
    if (map == null) {
      map = new TreeMap<>();
      children = map;
    }
    StackNode child = map.get(name);
    if (child == null) {
      child = new StackNode(path.resolve(name), this);
      map.put(name, child);
    }
    return child;
  }

  /** What the layer being added says here so far; null if nothing. */
  @Nullable Version inLayer(int layer) {
    Version last = versions.isEmpty() ? null : versions.getLast();
    return last != null && last.layer() == layer ? last : null;
  }

  /** What any layer says here; null if nothing. */
  @Nullable Version ofLayer(int layer) {
    for (Version version : versions) {
      if (version.layer() == layer) {
        return version;
      }
    }
    return null;
  }

  void put(Version version) {
    if (inLayer(version.layer()) != null) {
      versions.removeLast();
    }
    versions.add(version);
  }

  /** An entry of the same layer that is no directory takes the place of what came before it. */
  void forgetBelow(int layer) {
    for (StackNode child : all()) {
      Version there = child.inLayer(layer);
      if (there != null) {
        child.versions.removeLast();
        child.forgetBelow(layer);
      }
    }
  }
}

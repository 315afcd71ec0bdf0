package dev.phyllo.build.tree;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.Whiteout;
import dev.phyllo.oci.InvalidException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tree of files in memory: what the layers of an image are together, or a build context.
 *
 * <p>Paths are resolved as in a container whose root this tree is: symbolic links are followed
 * inside, an absolute target begins at the root, and {@code ..} at the root stays there. So no name
 * and no link leads outside. Not safe for use by several threads while layers are applied.
 */
public final class FileTree {
  /** As many as the kernel follows (path_resolution(7)). */
  private static final int MAX_LINKS = 40;

  private static final RawPath PARENT = RawPath.of("..");

  private final Node root;

  /** A tree with this root, a directory. */
  public FileTree(Node root) {
    this.root = root;
  }

  /** A tree with nothing in it. */
  public static FileTree empty() {
    return new FileTree(
        Node.directory(TarEntry.builder(RawPath.of("./"), TarEntry.Type.DIRECTORY).build()));
  }

  /** The root directory. */
  public Node root() {
    return root;
  }

  /**
   * Where a path leads.
   *
   * @param path the real path of what exists of it: no component is a symbolic link, unless the
   *     last one was not to be followed
   * @param node what is there
   * @param missing the components behind it that do not exist
   */
  public record Resolved(RawPath path, Node node, List<RawPath> missing) {
    /** Whether all of the path exists. */
    public boolean exists() {
      return missing.isEmpty();
    }

    /** The real path with what is missing. */
    public RawPath whole() {
      RawPath all = path;
      for (RawPath name : missing) {
        all = all.resolve(name);
      }
      return all;
    }
  }

  private record Step(RawPath path, Node node) {}

  /**
   * Walks a path from the root as far as it exists.
   *
   * @param followLast whether a symbolic link at the end of the path is followed
   * @throws InvalidException if links go in a circle or something on the way is no directory
   */
  public Resolved resolve(RawPath path, boolean followLast) {
    List<Step> walked = new ArrayList<>();
    walked.add(new Step(RawPath.EMPTY, root));
    Deque<RawPath> todo = new ArrayDeque<>(path.components());
    int links = 0;
    while (!todo.isEmpty()) {
      RawPath name = todo.removeFirst();
      Step here = walked.getLast();
      if (name.equals(PARENT)) {
        if (walked.size() > 1) {
          walked.removeLast();
        }
        continue;
      }
      if (!here.node.isDirectory()) {
        throw new InvalidException(
            path.toString(), here.path + " is not a directory", "name another place");
      }
      Node child = here.node.child(name);
      if (child == null) {
        todo.addFirst(name);
        return new Resolved(here.path, here.node, missing(todo));
      }
      if (child.isLink() && (followLast || !todo.isEmpty())) {
        if (++links > MAX_LINKS) {
          throw new InvalidException(
              path.toString(),
              "too many symbolic links",
              "a link in the image leads in a circle: name the file itself");
        }
        RawPath target = child.about().linkName();
        if (target.byteAt(0) == '/') {
          walked.subList(1, walked.size()).clear();
        }
        List<RawPath> components = target.components();
        for (int i = components.size() - 1; i >= 0; i--) {
          todo.addFirst(components.get(i));
        }
        continue;
      }
      walked.add(new Step(here.path.resolve(name), child));
    }
    return new Resolved(walked.getLast().path, walked.getLast().node, List.of());
  }

  /** Behind what is missing there is nothing to ask: {@code ..} takes a name away. */
  private static List<RawPath> missing(Deque<RawPath> names) {
    List<RawPath> list = new ArrayList<>();
    for (RawPath name : names) {
      if (!name.equals(PARENT)) {
        list.add(name);
      } else if (!list.isEmpty()) {
        list.removeLast();
      }
    }
    return list;
  }

  /** What is at a path, links followed; null if nothing is. */
  public @Nullable Node find(RawPath path) {
    Resolved found;
    try {
      found = resolve(path, true);
    } catch (InvalidException _) {
      return null;
    }
    return found.exists() ? found.node() : null;
  }

  /** Puts a layer on top: its whiteouts act on what is below, its entries replace that. */
  public void apply(LayerIndex layer) {
    for (LayerIndex.Item item : layer.items()) {
      Whiteout whiteout = Whiteout.of(item.entry().name());
      if (whiteout instanceof Whiteout.Delete delete) {
        Resolved parent = parentOf(delete.path());
        if (parent != null) {
          parent.node().remove(delete.path().name());
        }
      } else if (whiteout instanceof Whiteout.Opaque opaque) {
        Resolved at = resolve(opaque.directory(), false);
        if (at.exists() && at.node().isDirectory()) {
          at.node().clear();
        }
      }
    }
    for (LayerIndex.Item item : layer.items()) {
      if (Whiteout.of(item.entry().name()) == null) {
        put(item);
      }
    }
  }

  /** Puts the entries of an ordinary archive into the tree; no name means a deletion there. */
  public void applyPlain(LayerIndex archive) {
    for (LayerIndex.Item item : archive.items()) {
      put(item);
    }
  }

  private void put(LayerIndex.Item item) {
    TarEntry entry = item.entry();
    RawPath path = entry.name().clean();
    if (path.isEmpty()) {
      if (entry.type() == TarEntry.Type.DIRECTORY) {
        root.describe(entry);
      }
      return;
    }
    Node parent = makeDirectories(path.parent());
    RawPath name = path.name();
    Node old = parent.child(name);
    if (entry.type() == TarEntry.Type.DIRECTORY && old != null && old.isDirectory()) {
      old.describe(entry);
    } else if (entry.type() == TarEntry.Type.HARDLINK) {
      Resolved target = resolve(entry.linkName().clean(), false);
      if (target.exists()) {
        parent.put(name, target.node());
      }
    } else {
      parent.put(name, item.node());
    }
  }

  private Node makeDirectories(RawPath path) {
    Resolved at = resolve(path, true);
    Node node = at.node();
    for (RawPath name : at.missing()) {
      Node made =
          Node.directory(TarEntry.builder(name, TarEntry.Type.DIRECTORY).mode(0755).build());
      node.put(name, made);
      node = made;
    }
    return node;
  }

  private @Nullable Resolved parentOf(RawPath path) {
    Resolved parent = resolve(path.parent(), true);
    return parent.exists() && parent.node().isDirectory() ? parent : null;
  }
}

package dev.phyllo.build.copy;

import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From what COPY names to what is there. Every path begins at the root of the tree, and none leads
 * out of it: {@code ..} at the root stays there, as docker has it.
 */
public final class Selection {

  private final FileTree tree;
  private final boolean parents;
  private final String where;

  /**
   * A selection.
   *
   * @param tree where to look
   * @param parents whether the directories above are kept
   * @param where what errors call the tree, such as {@code the build context}
   */
  public Selection(FileTree tree, boolean parents, String where) {
    this.tree = tree;
    this.parents = parents;
    this.where = where;
  }

  /**
   * What a source names, in the order of names.
   *
   * @throws NotFoundException if nothing is there; a pattern that matches nothing is no error here
   */
  public List<Match> find(String source) {
    List<String> components = new ArrayList<>();
    int pivot = 0;
    for (String c : source.split("/", -1)) {
      if (c.equals(".")) {
        if (parents && !components.isEmpty()) {
          pivot = components.size(); // what is before /./ is not kept
        }
      } else if (c.equals("..")) {
        if (!components.isEmpty()) {
          components.removeLast();
        }
      } else if (!c.isEmpty()) {
        components.add(c);
      }
    }
    List<Match> found = new ArrayList<>();
    walk(
        components,
        0,
        Math.min(pivot, components.size()),
        tree.root(),
        RawPath.EMPTY,
        List.of(),
        source,
        found);
    if (found.isEmpty() && !Glob.isPattern(source)) {
      throw new NotFoundException(
          source, "not found in " + where, "check the name, and what the ignore file leaves out");
    }
    return found;
  }

  private void walk(
      List<String> components,
      int at,
      int pivot,
      Node node,
      RawPath path,
      List<Match.Parent> above,
      String source,
      List<Match> found) {
    if (at == components.size()) {
      List<Match.Parent> kept =
          parents && !above.isEmpty() ? above.subList(0, above.size() - 1) : List.of();
      found.add(new Match(path.name(), node, kept));
      return;
    }
    String component = components.get(at);
    if (!node.isDirectory()) {
      return;
    }
    if (component.equals("**")) {
      walk(components, at + 1, pivot, node, path, above, source, found);
      for (Map.Entry<RawPath, Node> child : node.children()) {
        if (child.getValue().isDirectory()) {
          walk(
              components,
              at,
              pivot,
              child.getValue(),
              path.resolve(child.getKey()),
              with(above, child.getKey(), child.getValue(), at >= pivot),
              source,
              found);
        }
      }
      return;
    }
    if (Glob.isPattern(component)) {
      for (Map.Entry<RawPath, Node> child : node.children()) {
        if (Glob.matches(component, child.getKey().toString())) {
          step(components, at, pivot, path, child.getKey(), above, source, found);
        }
      }
      return;
    }
    step(components, at, pivot, path, RawPath.of(component), above, source, found);
  }

  private void step(
      List<String> components,
      int at,
      int pivot,
      RawPath path,
      RawPath name,
      List<Match.Parent> above,
      String source,
      List<Match> found) {
    RawPath next = path.resolve(name);
    Node node = follow(next, source);
    if (node != null) {
      walk(
          components,
          at + 1,
          pivot,
          node,
          next,
          with(above, name, node, at >= pivot),
          source,
          found);
    }
  }

  private static List<Match.Parent> with(
      List<Match.Parent> above, RawPath name, Node node, boolean kept) {
    if (!kept) {
      return above;
    }
    List<Match.Parent> more = new ArrayList<>(above);
    more.add(new Match.Parent(name, node));
    return more;
  }

  /** What is at a path, links followed inside the tree. */
  private @Nullable Node follow(RawPath path, String source) {
    try {
      FileTree.Resolved resolved = tree.resolve(path, true);
      return resolved.exists() ? resolved.node() : null;
    } catch (InvalidException e) {
      throw new InvalidException(source, e.why(), e.remedy(), e);
    }
  }
}

package dev.phyllo.engine;

import dev.phyllo.layers.LayerStack;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.StackNode;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.snapshots.Change;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What lies between two merged trees that were never unpacked, by the rules of {@link
 * dev.phyllo.snapshots.Differ}'s list: files of the same size and time are the same, the times of
 * directories do not count, and a directory in which something differs has changed.
 */
final class StackComparison {
  private final List<Change> changes = new ArrayList<>();

  private StackComparison() {}

  static List<Change> between(LayerStack before, LayerStack after) {
    StackComparison comparison = new StackComparison();
    comparison.children(before.root().visibleChildren(), after.root().visibleChildren());
    Collections.sort(comparison.changes);
    return comparison.changes;
  }

  /** Compares what is in a directory; returns whether anything in it came, went or changed. */
  private boolean children(List<StackNode> before, List<StackNode> after) {
    Map<RawPath, StackNode> old = new TreeMap<>();
    before.forEach(node -> old.put(node.name(), node));
    boolean changed = false;
    for (StackNode now : after) {
      StackNode then = old.remove(now.name());
      if (then == null) {
        added(now);
        changed = true;
      } else {
        changed |= compare(then, now);
      }
    }
    for (StackNode gone : old.values()) {
      changes.add(new Change(Change.Kind.DELETED, gone.path()));
      changed = true;
    }
    return changed;
  }

  private void added(StackNode node) {
    changes.add(new Change(Change.Kind.ADDED, node.path()));
    node.visibleChildren().forEach(this::added);
  }

  private boolean compare(StackNode before, StackNode after) {
    StackNode.Version old = Objects.requireNonNull(before.visible());
    StackNode.Version now = Objects.requireNonNull(after.visible());
    boolean inside = children(before.visibleChildren(), after.visibleChildren());
    if (inside || !isSame(old, now)) {
      changes.add(new Change(Change.Kind.CHANGED, after.path()));
      return true;
    }
    return false;
  }

  private static boolean isSame(StackNode.Version old, StackNode.Version now) {
    TarEntry a = old.entry();
    TarEntry b = now.entry();
    if (a == null || b == null) {
      return old.isDirectory() == now.isDirectory(); // of one that is implied no more is known
    }
    return a.type() == b.type()
        && a.mode() == b.mode()
        && a.uid() == b.uid()
        && a.gid() == b.gid()
        && a.deviceMajor() == b.deviceMajor()
        && a.deviceMinor() == b.deviceMinor()
        && a.linkName().equals(b.linkName())
        && (a.type() == TarEntry.Type.DIRECTORY
            || a.size() == b.size() && a.mtimeSeconds() == b.mtimeSeconds());
  }
}

package dev.phyllo.engine;

import dev.phyllo.layers.StackNode;
import dev.phyllo.layers.TarEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What an image carries that nobody can see.
 *
 * @param paths every such file that has content, the largest first
 * @param wasted their bytes together
 * @param total the bytes of all files of all layers, seen or not, before compression
 */
public record Waste(List<WastedPath> paths, long wasted, long total) {
  /** Keeps a copy. */
  public Waste {
    paths = List.copyOf(paths);
  }

  /** What part of the files' bytes can be seen, from 0 to 1; 1 for an image without files. */
  public double efficiency() {
    return total == 0 ? 1 : (double) (total - wasted) / total;
  }

  static Waste of(ImageView view) {
    List<WastedPath> paths = new ArrayList<>();
    long total = collect(view.stack().root(), paths);
    long wasted = 0;
    for (WastedPath path : paths) {
      wasted += path.bytes();
    }
    paths.sort(
        Comparator.comparingLong(WastedPath::bytes)
            .reversed()
            .thenComparing(WastedPath::path)
            .thenComparingInt(WastedPath::layer));
    return new Waste(paths, wasted, total);
  }

  private static long collect(StackNode node, List<WastedPath> paths) {
    long total = 0;
    for (StackNode.Version version : node.versions()) {
      TarEntry entry = version.entry();
      if (entry == null || entry.type() != TarEntry.Type.FILE || entry.size() == 0) {
        continue;
      }
      long bytes = entry.storedSize();
      total += bytes;
      int by = node.hiddenBy(version);
      if (by >= 0) {
        boolean deleted = node.visible() == null;
        paths.add(new WastedPath(node.path(), version.layer(), by, deleted, bytes));
      }
    }
    for (StackNode child : node.all()) {
      total += collect(child, paths);
    }
    return total;
  }
}

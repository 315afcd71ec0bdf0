package dev.phyllo.cli;

import dev.phyllo.engine.ImageView;
import dev.phyllo.engine.LayerInfo;
import dev.phyllo.layers.TarEntry;

/** How layers and their entries are written in lists. */
final class LayerText {
  private static final String PERMISSIONS = "rwxrwxrwx";

  private LayerText() {}

  /** The line that made a layer of a view. */
  static String instruction(ImageView view, int layer) {
    return view.isContainers(layer)
        ? "(written by the container " + view.name() + ")"
        : instruction(view.layers().get(layer));
  }

  /** The line that made a layer; a dash if the image does not say. */
  static String instruction(LayerInfo layer) {
    return layer.history().flatMap(h -> h.createdBy()).filter(t -> !t.isBlank()).orElse("-");
  }

  /** The digest of a layer's blob, short; the container's own layer has none. */
  static String digest(ImageView view, int layer) {
    if (view.isContainers(layer)) {
      return "-";
    }
    return view.layers().get(layer).blob().map(b -> b.digest().shortHex()).orElse("-");
  }

  /** As much of a text as fits, with an ellipsis if that is not all. */
  static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, Math.max(1, width) - 1) + "…";
  }

  /** What an entry is, in a word. */
  static String type(TarEntry.Type type) {
    return switch (type) {
      case FILE -> "file";
      case HARDLINK -> "hardlink";
      case SYMLINK -> "symlink";
      case DIRECTORY -> "directory";
      case FIFO -> "fifo";
      case CHARACTER_DEVICE -> "character device";
      case BLOCK_DEVICE -> "block device";
    };
  }

  /** Type and permissions as ls(1) shows them. */
  static String mode(TarEntry entry) {
    StringBuilder out = new StringBuilder(10);
    out.append(
        switch (entry.type()) {
          case FILE, HARDLINK -> '-';
          case SYMLINK -> 'l';
          case DIRECTORY -> 'd';
          case FIFO -> 'p';
          case CHARACTER_DEVICE -> 'c';
          case BLOCK_DEVICE -> 'b';
        });
    for (int i = 0; i < 9; i++) {
      out.append((entry.mode() & 0400 >> i) != 0 ? PERMISSIONS.charAt(i) : '-');
    }
    special(out, 3, entry.mode() & 04000, 's', 'S');
    special(out, 6, entry.mode() & 02000, 's', 'S');
    special(out, 9, entry.mode() & 01000, 't', 'T');
    return out.toString();
  }

  private static void special(StringBuilder out, int at, int bit, char withX, char without) {
    if (bit != 0) {
      out.setCharAt(at, out.charAt(at) == 'x' ? withX : without);
    }
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Stat;
import org.jspecify.annotations.Nullable;

/** Hears of the changes of a tree, directories before what is in them. */
interface ChangeVisitor {
  /**
   * Where something is.
   *
   * @param path from the root of the tree
   * @param parent the directory it is in; the root itself for the root
   * @param name its name there
   * @param stat what it is; null for what is gone
   */
  record Place(RawPath path, Fd parent, byte[] name, @Nullable Stat stat) {
    /** What it is; only asked of what is there. */
    Stat is() {
      if (stat == null) {
        throw new IllegalStateException("gone: " + path);
      }
      return stat;
    }
  }

  /**
   * Something new or different, or a directory above it.
   *
   * @param opaque whether it is a directory that hides one below
   */
  void present(Change.Kind kind, Place place, boolean opaque);

  /** Something that is gone. */
  void deleted(Place place);
}

package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.Whiteout;
import dev.phyllo.oci.SystemException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

/**
 * One layer being applied, in two steps: first the entries, which rarely look at the layers below,
 * then what has to wait for those.
 */
final class LayerApplication implements AutoCloseable {
  private final LayerTree tree;
  private final LowerLayers below;
  private final LayerChanges changes;
  private final BooleanSupplier cancelled;

  LayerApplication(
      Path directory, WhiteoutStyle style, LowerLayers below, BooleanSupplier cancelled) {
    this.tree = new LayerTree(directory);
    this.below = below;
    this.changes = new LayerChanges(tree, below, style);
    this.cancelled = cancelled;
  }

  /** Applies all entries; afterwards only the root directory is held open. */
  Applied apply(TarReader tar) {
    EntryWriter writer = new EntryWriter(changes);
    long entries = 0;
    while (true) {
      TarEntry entry = tar.next();
      if (entry == null) {
        tree.forget(RawPath.EMPTY);
        return new Applied(entries, writer.bytesWritten());
      }
      if (cancelled.getAsBoolean()) {
        throw stopped(entry.name().toString());
      }
      apply(entry, tar, writer);
      entries++;
    }
  }

  /** The layers below are complete: settles what depends on them, and the times of directories. */
  void finish() {
    changes.finish();
  }

  /** The error of work given up because something else failed. */
  static SystemException stopped(String thing) {
    return new SystemException(thing, "unpacking was stopped", "", 0);
  }

  private void apply(TarEntry entry, TarReader tar, EntryWriter writer) {
    RawPath name = EntryNames.clean(entry.name());
    try {
      switch (Whiteout.of(name)) {
        case null -> writer.write(name, entry, tar);
        case Whiteout.Delete(RawPath path) -> changes.delete(path);
        case Whiteout.Opaque(RawPath path) -> changes.makeOpaque(path);
        case Whiteout.Metadata _ -> {}
      }
    } catch (SystemException e) {
      if (e.thing().equals(entry.name().toString()) || e.errno() == 0) {
        throw e;
      }
      // The calls below know a single component only; a reader needs the entry.
      throw new SystemException(
          entry.name().toString(), e.why() + " (" + e.thing() + ")", e.remedy(), e.errno());
    }
  }

  @Override
  public void close() {
    tree.close();
    below.close();
  }
}

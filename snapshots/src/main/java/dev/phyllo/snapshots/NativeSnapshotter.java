package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.SnapshotRecords.Entry;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.util.List;
import java.util.Optional;

/**
 * Snapshots as plain directories, each holding its whole tree: what is prepared on a parent starts
 * as a copy of it.
 *
 * <pre>
 * snapshots/native/7/fs    the tree, parents included
 * </pre>
 *
 * <p>This works wherever directories do and needs nothing of the kernel but a bind mount. It costs
 * what copies cost: an image of many layers takes the sum of all its stages, unless the file system
 * can share blocks between files ({@link TreeCopy}). A layer's whiteouts really delete, and since
 * every layer is unpacked into a copy of the one below, layers come one after the other.
 *
 * <p>A view copies nothing; it shows its parent's directory.
 */
public final class NativeSnapshotter extends DirectorySnapshotter {
  /** The name of this snapshotter. */
  public static final String NAME = "native";

  /**
   * The plain snapshots of a namespace. Nothing is created before the first snapshot is.
   *
   * @param dirs where they are
   * @param locks the namespace's locks
   * @param steps hears what is prepared, synchronised, committed and removed
   */
  public NativeSnapshotter(NamespaceDirs dirs, Locks locks, StepListener steps) {
    super(NAME, dirs, locks, steps);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean canRebase() {
    return false;
  }

  @Override
  public WhiteoutStyle whiteoutStyle() {
    return WhiteoutStyle.PLAIN;
  }

  /** Only a view needs another directory than its own. */
  @Override
  List<String> lowers(Entry parent, boolean view) {
    return view ? List.of(parent.record().id()) : List.of();
  }

  @Override
  boolean isCopied(boolean hasParent, boolean view) {
    return hasParent && !view;
  }

  @Override
  void fill(Fd dir, String id, Fd fs, Optional<Entry> parent, boolean view) {
    if (!isCopied(parent.isPresent(), view)) {
      lookLikeParent(dir, fs, parent);
      return;
    }
    byte[] source = Trees.bytes(parent.orElseThrow().record().id() + "/fs");
    try (Fd from = FileCalls.openat2(dir, source, Open.RDONLY | Open.DIRECTORY, 0, 0)) {
      TreeCopy.copy(from, fs);
    }
  }

  @Override
  List<Mount> mounts(SnapshotRecord record) {
    List<String> lowers = record.lowers();
    String shown = lowers.isEmpty() ? record.id() : lowers.getFirst();
    return List.of(Mount.bind(fs(shown), record.view()));
  }
}

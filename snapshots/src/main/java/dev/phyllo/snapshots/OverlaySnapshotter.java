package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.SnapshotRecords.Entry;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Snapshots as directories that overlayfs merges (kernel documentation, overlayfs.rst).
 *
 * <pre>
 * snapshots/overlayfs/7/fs      the snapshot's own entries: the upper directory while it is written,
 *                               a lower one of its children afterwards
 * snapshots/overlayfs/7/work    the kernel's scratch directory, as long as it is active
 * </pre>
 *
 * <p>The directories' names are short numbers, for all of them have to fit into the options of one
 * mount on older kernels.
 */
public final class OverlaySnapshotter extends DirectorySnapshotter {
  /** The name of this snapshotter. */
  public static final String NAME = "overlayfs";

  /** There if this kernel's overlayfs knows the option {@code index}; see containerd's overlay. */
  private static final String INDEX_PARAMETER = "/sys/module/overlay/parameters/index";

  /**
   * The overlay snapshots of a namespace. Nothing is created before the first snapshot is.
   *
   * @param dirs where they are
   * @param locks the namespace's locks
   * @param steps hears what is prepared, synchronised, committed and removed
   */
  public OverlaySnapshotter(NamespaceDirs dirs, Locks locks, StepListener steps) {
    super(NAME, dirs, locks, steps);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean canRebase() {
    return true;
  }

  @Override
  public WhiteoutStyle whiteoutStyle() {
    return UserNamespace.current().isNested()
        ? WhiteoutStyle.OVERLAY_USERXATTR
        : WhiteoutStyle.OVERLAY;
  }

  /** The whole chain, from the parent down. */
  @Override
  List<String> lowers(Entry parent, boolean view) {
    List<String> ids = new ArrayList<>(parent.record().lowers().size() + 1);
    ids.add(parent.record().id());
    ids.addAll(parent.record().lowers());
    return ids;
  }

  @Override
  boolean isCopied(boolean hasParent, boolean view) {
    return false;
  }

  @Override
  void fill(Fd dir, String id, Fd fs, Optional<Entry> parent, boolean view) {
    if (!view) {
      FileCalls.mkdirat(dir, Trees.bytes(id + "/work"), 0700);
    }
    lookLikeParent(dir, fs, parent);
  }

  @Override
  List<Mount> mounts(SnapshotRecord record) {
    List<Path> lowers = lowers(record);
    Path own = fs(record.id());
    Mount mount;
    if (lowers.isEmpty()) {
      mount = Mount.bind(own, record.view());
    } else if (!record.view()) {
      mount = Mount.overlay(lowers, own, base.resolve(record.id()).resolve("work"), options());
    } else if (lowers.size() == 1) {
      mount = Mount.bind(lowers.getFirst(), true); // nothing to merge
    } else {
      mount = Mount.overlay(lowers, options());
    }
    return List.of(mount);
  }

  /**
   * An index of copied-up hard links would tie an upper directory to its lower ones for good. In a
   * user namespace overlayfs keeps its marks in {@code user.overlay.*} (Linux 5.11).
   */
  private static List<String> options() {
    List<String> options = new ArrayList<>(2);
    if (Files.exists(Path.of(INDEX_PARAMETER))) {
      options.add("index=off");
    }
    if (UserNamespace.current().isNested()) {
      options.add("userxattr");
    }
    return options;
  }
}

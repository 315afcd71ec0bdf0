package dev.phyllo.engine;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.NativeSnapshotter;
import dev.phyllo.snapshots.OverlaySnapshotter;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;

/** The ways in which layers can lie on disk, by name. */
final class Snapshotters {
  private Snapshotters() {}

  /**
   * The snapshotter of that name.
   *
   * @throws UnsupportedException if there is none
   */
  static Snapshotter of(String name, NamespaceDirs dirs, Locks locks, StepListener steps) {
    return switch (name) {
      case OverlaySnapshotter.NAME -> new OverlaySnapshotter(dirs, locks, steps);
      case NativeSnapshotter.NAME -> new NativeSnapshotter(dirs, locks, steps);
      default ->
          throw new UnsupportedException(
              "snapshotter " + name, "there is no such snapshotter", "use overlayfs or native");
    };
  }
}

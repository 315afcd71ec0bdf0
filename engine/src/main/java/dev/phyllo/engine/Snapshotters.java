package dev.phyllo.engine;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.NativeSnapshotter;
import dev.phyllo.snapshots.OverlaySnapshotter;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

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

  /**
   * Every snapshotter that keeps something in the namespace: what nobody needs goes, whichever way
   * it was unpacked.
   */
  static List<Snapshotter> used(NamespaceDirs dirs, Locks locks, StepListener steps) {
    List<Snapshotter> used = new ArrayList<>();
    for (String name : List.of(OverlaySnapshotter.NAME, NativeSnapshotter.NAME)) {
      if (Files.isDirectory(dirs.snapshots(name)) || Files.isDirectory(dirs.unpacked(name))) {
        used.add(of(name, dirs, locks, steps));
      }
    }
    return used;
  }
}

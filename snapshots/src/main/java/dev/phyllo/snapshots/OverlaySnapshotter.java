package dev.phyllo.snapshots;

import dev.phyllo.oci.StepListener;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Skeleton. */
public final class OverlaySnapshotter implements Snapshotter {
  /** The name of this snapshotter. */
  public static final String NAME = "overlayfs";

  /** The overlay snapshots of a namespace. */
  public OverlaySnapshotter(NamespaceDirs dirs, Locks locks, StepListener steps) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public SnapshotInfo stat(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<SnapshotInfo> find(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public SnapshotInfo update(String key, Map<String, String> labels) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Usage usage(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Mount> mounts(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Mount> prepare(
      String key, Optional<String> parent, Map<String, String> labels, boolean durable) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Mount> view(
      String key, Optional<String> parent, Map<String, String> labels, boolean durable) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void commitAll(List<Commit> commits) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void remove(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<SnapshotInfo> list() {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean canRebase() {
    return true;
  }

  @Override
  public WhiteoutStyle whiteoutStyle() {
    return WhiteoutStyle.OVERLAY;
  }

  @Override
  public Path layerDirectory(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Path> layerDirectories(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Path> garbage() {
    throw new UnsupportedOperationException();
  }

  @Override
  public int cleanup() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void sync() {
    throw new UnsupportedOperationException();
  }
}

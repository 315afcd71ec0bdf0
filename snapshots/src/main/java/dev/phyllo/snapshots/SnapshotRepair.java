package dev.phyllo.snapshots;

import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.StepListener;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Unpacks a damaged layer again and puts the result where the damaged one is, so that everything
 * that stands on it goes on standing on it.
 */
public final class SnapshotRepair {
  private final ContentStore content;
  private final Snapshotter snapshots;
  private final Locks locks;
  private final StepListener steps;

  /** Repairs what a snapshotter keeps from the blobs of a store. */
  public SnapshotRepair(
      ContentStore content, Snapshotter snapshots, Locks locks, StepListener steps) {
    this.content = content;
    this.snapshots = snapshots;
    this.locks = locks;
    this.steps = steps;
  }

  /**
   * Makes the files of a committed snapshot anew. Nothing must have it mounted. The snapshots below
   * must be whole.
   *
   * @param chainId its name
   * @param parent the name of the one below
   * @param layer its blob
   * @param diffId the digest of the blob's content
   */
  public void repair(Digest chainId, Optional<Digest> parent, Descriptor layer, Digest diffId) {
    try (FileLocker.Held _ = locks.acquire(Unpacker.lockName(chainId), Locks.Mode.EXCLUSIVE)) {
      LayerJob job =
          new LayerJob(
              "snapshot " + chainId,
              layer,
              diffId,
              chainId,
              parent,
              LayerBlobs.of(content),
              snapshots,
              TarLimits.DEFAULT,
              steps);
      boolean done = false;
      try {
        job.prepare(true);
        List<Path> below =
            parent.isEmpty() ? List.of() : snapshots.layerDirectories(parent.get().toString());
        job.apply(() -> below, () -> false);
        job.finish();
        snapshots.replaceFiles(chainId.toString(), job.key());
        done = true;
      } finally {
        if (!done) {
          job.abandon();
        }
      }
    }
  }
}

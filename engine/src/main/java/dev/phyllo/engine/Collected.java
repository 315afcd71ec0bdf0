package dev.phyllo.engine;

import dev.phyllo.oci.Digest;
import java.util.List;

/**
 * What a garbage collection took away.
 *
 * @param containers containers that were to go with their process, whose keeper had died
 * @param snapshots the snapshots that nothing needed any more, children first
 * @param blobs the content that nothing needed any more
 * @param leftovers how many files and directories it removed that interrupted work had left:
 *     half-written blobs, half-unpacked layers, directories without a record, temporary files
 * @param bytes the space on disk that all of this took, as far as it is known
 */
public record Collected(
    List<String> containers,
    List<String> snapshots,
    List<Digest> blobs,
    int leftovers,
    long bytes) {
  /** Keeps copies. */
  public Collected {
    containers = List.copyOf(containers);
    snapshots = List.copyOf(snapshots);
    blobs = List.copyOf(blobs);
  }

  /** Whether there was nothing to do. */
  public boolean isEmpty() {
    return containers.isEmpty() && snapshots.isEmpty() && blobs.isEmpty() && leftovers == 0;
  }
}

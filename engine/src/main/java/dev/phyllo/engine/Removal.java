package dev.phyllo.engine;

import dev.phyllo.oci.Digest;
import java.util.List;

/**
 * What removing an image did.
 *
 * @param untagged the names that are gone
 * @param deletedBlobs the content that nothing needed any more
 * @param deletedSnapshots the snapshots that nothing needed any more, top first
 */
public record Removal(
    List<String> untagged, List<Digest> deletedBlobs, List<String> deletedSnapshots) {
  /** Keeps copies. */
  public Removal {
    untagged = List.copyOf(untagged);
    deletedBlobs = List.copyOf(deletedBlobs);
    deletedSnapshots = List.copyOf(deletedSnapshots);
  }
}

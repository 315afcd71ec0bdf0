package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import java.util.List;

/**
 * Says that an image is ready to run: its layers are committed snapshots.
 *
 * @param manifest the image's manifest
 * @param config its config
 * @param chainIds the names of its snapshots, base first; the last one is the image's root file
 *     system. Empty for an image without layers
 */
public record Unpacked(Digest manifest, Digest config, List<Digest> chainIds) {
  /** Keeps a copy. */
  public Unpacked {
    chainIds = List.copyOf(chainIds);
  }
}

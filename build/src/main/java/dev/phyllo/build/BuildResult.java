package dev.phyllo.build;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import java.util.List;

/**
 * What a build made.
 *
 * @param names the image's names, canonical
 * @param target its manifest, or the index of several
 * @param id its config, which docker calls the image's id; of several images, the first one's
 */
public record BuildResult(List<String> names, Descriptor target, Digest id) {
  /** Keeps a copy. */
  public BuildResult {
    names = List.copyOf(names);
  }
}

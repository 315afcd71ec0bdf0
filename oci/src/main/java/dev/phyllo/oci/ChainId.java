package dev.phyllo.oci;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * ChainIDs (config.md, "Layer ChainID"): the name of the stack that results from applying layers in
 * order. Two images share a snapshot exactly when they share its chainID.
 */
public final class ChainId {
  private ChainId() {}

  /** The chainID of one more layer on a stack. */
  public static Digest next(Digest parentChainId, Digest diffId) {
    return Digest.sha256((parentChainId + " " + diffId).getBytes(StandardCharsets.UTF_8));
  }

  /** The chainID after each layer, base first; the list has the same length. */
  public static List<Digest> of(List<Digest> diffIds) {
    List<Digest> chain = new ArrayList<>(diffIds.size());
    for (Digest diffId : diffIds) {
      chain.add(chain.isEmpty() ? diffId : next(chain.getLast(), diffId));
    }
    return List.copyOf(chain);
  }
}

package dev.phyllo.build;

import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.copy.LayerDraft;
import dev.phyllo.build.tree.ContentSpool;
import dev.phyllo.build.tree.LayerIndex;
import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Digest;
import java.util.Optional;

/** From a draft to a layer in the store. */
final class Layering {
  private Layering() {}

  /** Writes the layer, if the draft has anything, and says what was made. */
  static StepRecord record(BuildJob job, StageState state, LayerDraft draft, String text) {
    return record(job, state.chainId(), draft, text);
  }

  /**
   * The same for what stands on no stage.
   *
   * @param parent the chainID of what it stands on
   */
  static StepRecord record(BuildJob job, Optional<Digest> parent, LayerDraft draft, String text) {
    if (draft.isEmpty()) {
      return new StepRecord(Optional.empty(), parent, job.created(), text);
    }
    LayerIndex index;
    try (ContentSpool spool =
        new ContentSpool(
            job.content(), job.environment().limits(), job.cache().records().temporary())) {
      index = draft.write(job.content(), spool, Compression.GZIP);
    }
    job.indexes().add(index);
    return new StepRecord(Optional.of(index.layer()), parent, job.created(), text);
  }
}

package dev.phyllo.build;

import dev.phyllo.build.cache.StepInputs;
import dev.phyllo.build.cache.StepRecord;
import dev.phyllo.build.copy.LayerDraft;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Layer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code --squash}: all that a build added to its base as one layer. */
final class Squash {
  private final BuildJob job;

  Squash(BuildJob job) {
    this.job = job;
  }

  /** The layers of a stage's base, and one more if anything changed. */
  List<Layer> squash(StageState state) {
    int base = state.baseLayers();
    List<Layer> layers = state.layers();
    if (layers.size() - base < 2) {
      return List.copyOf(layers);
    }
    StepInputs inputs =
        new StepInputs()
            .add("what it stands on", state.parent())
            .add("the instruction", "squash to " + base);
    return job.telling()
        .step(
            "squashing " + (layers.size() - base) + " layers",
            step -> {
              StepRecord record =
                  job.cache()
                      .get(
                          "squash",
                          inputs,
                          step,
                          () -> {
                            FileTree before = job.indexes().tree(layers.subList(0, base));
                            FileTree after = job.indexes().tree(layers);
                            LayerDraft draft = LayerDraft.difference(before, after, job.times());
                            return Layering.record(job, Optional.empty(), draft, "squash");
                          });
              List<Layer> squashed = new ArrayList<>(layers.subList(0, base));
              record.layer().ifPresent(squashed::add);
              return squashed;
            });
  }
}

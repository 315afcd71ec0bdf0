package dev.phyllo.build.graph;

import dev.phyllo.build.containerfile.Instruction;
import java.util.List;

/**
 * An instruction of a stage that is needed.
 *
 * @param id names the step's result: two steps with one id, in whatever stages, do the same on the
 *     same base with the same arguments, so one of them is enough. It says nothing of the content
 *     of images and contexts, so it is no key for a cache that outlives the build
 * @param instruction the instruction, not expanded
 * @param sources what it takes files from, in the order in which it mentions them: for COPY and ADD
 *     one; for RUN those of its mounts that have a {@code from}, and the main context if a bind
 *     mount has none
 * @param trigger whether it is there because the base has an ONBUILD
 */
public record Step(String id, Instruction instruction, List<Source> sources, boolean trigger) {
  /** Keeps a copy. */
  public Step {
    sources = List.copyOf(sources);
  }
}

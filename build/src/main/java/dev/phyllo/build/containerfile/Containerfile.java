package dev.phyllo.build.containerfile;

import java.util.List;

/**
 * A Containerfile: what its text says, before any variable is replaced. Immutable.
 *
 * @param file its name as the user knows it
 * @param directives the parser directives at its top
 * @param globals the ARGs before the first FROM, in order
 * @param stages the stages, in order; at least one
 * @param warnings what the checks found in the text alone, in order of lines
 */
public record Containerfile(
    String file,
    Directives directives,
    List<Arg> globals,
    List<Stage> stages,
    List<Warning> warnings) {
  /** Keeps copies. */
  public Containerfile {
    globals = List.copyOf(globals);
    stages = List.copyOf(stages);
    warnings = List.copyOf(warnings);
  }
}

package dev.phyllo.build.containerfile;

import java.util.List;
import java.util.Optional;

/**
 * A stage: FROM and what follows it.
 *
 * @param index its number, from 0, by which it may be named
 * @param from its FROM, not expanded
 * @param instructions what follows, in order
 */
public record Stage(int index, From from, List<Instruction> instructions) {
  /** Keeps a copy. */
  public Stage {
    instructions = List.copyOf(instructions);
  }

  /** Its name, in lower case, if it has one. */
  public Optional<String> name() {
    return from.stageName();
  }

  /** Its name, or {@code stage-INDEX} where it has none. */
  public String title() {
    return name().orElse("stage-" + index);
  }
}

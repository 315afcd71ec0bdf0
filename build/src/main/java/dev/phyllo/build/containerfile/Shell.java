package dev.phyllo.build.containerfile;

import java.util.List;

/**
 * {@code SHELL ["executable", "parameter"…]}: what executes the shell form from here on.
 *
 * @param arguments the arguments before the line; at least one
 */
public record Shell(Origin origin, List<String> arguments) implements Instruction {
  /** Keeps a copy. */
  public Shell {
    arguments = List.copyOf(arguments);
  }

  @Override
  public Shell expand(Expansion expansion) {
    return this;
  }
}

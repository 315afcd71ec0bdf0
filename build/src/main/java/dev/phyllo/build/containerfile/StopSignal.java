package dev.phyllo.build.containerfile;

/**
 * {@code STOPSIGNAL signal}: what asks a container of the image to end.
 *
 * @param signal a name, with or without {@code SIG}, or a number
 */
public record StopSignal(Origin origin, String signal) implements Instruction {
  @Override
  public StopSignal expand(Expansion expansion) {
    return new StopSignal(origin, expansion.word(origin, signal));
  }
}

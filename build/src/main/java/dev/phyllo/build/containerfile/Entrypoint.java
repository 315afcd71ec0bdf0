package dev.phyllo.build.containerfile;

/**
 * {@code ENTRYPOINT command}: what a container of the image always executes.
 *
 * @param command the command; an empty one undoes that of the base
 */
public record Entrypoint(Origin origin, Command command) implements Instruction {
  @Override
  public Entrypoint expand(Expansion expansion) {
    return this;
  }
}

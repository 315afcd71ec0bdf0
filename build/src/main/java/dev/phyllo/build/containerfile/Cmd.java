package dev.phyllo.build.containerfile;

/**
 * {@code CMD command}: what a container of the image executes, or the arguments of its entry point.
 *
 * @param command the command; the stage's last CMD counts
 */
public record Cmd(Origin origin, Command command) implements Instruction {
  @Override
  public Cmd expand(Expansion expansion) {
    return this;
  }
}

package dev.phyllo.build.containerfile;

/**
 * {@code WORKDIR path}: where what follows is executed; the directory is made if it is missing.
 *
 * @param path absolute, or relative to the directory before
 */
public record Workdir(Origin origin, String path) implements Instruction {
  @Override
  public Workdir expand(Expansion expansion) {
    return new Workdir(origin, expansion.word(origin, path));
  }
}

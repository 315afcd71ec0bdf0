package dev.phyllo.build.containerfile;

/**
 * {@code MAINTAINER name}: the image's author; deprecated in favour of a label.
 *
 * @param maintainer the author
 */
public record Maintainer(Origin origin, String maintainer) implements Instruction {
  @Override
  public Maintainer expand(Expansion expansion) {
    return this;
  }
}

package dev.phyllo.build.containerfile;

/**
 * {@code ONBUILD instruction}: for builds that have this image as their base.
 *
 * @param trigger the instruction as text, heredocs included: what the image's configuration keeps,
 *     and {@link Containerfile#parseTrigger} reads
 * @param instruction the same, read; never FROM, MAINTAINER or ONBUILD
 */
public record Onbuild(Origin origin, String trigger, Instruction instruction)
    implements Instruction {
  @Override
  public Onbuild expand(Expansion expansion) {
    return this;
  }
}

package dev.phyllo.build.containerfile;

import java.util.Optional;

/**
 * {@code FROM [--platform=…] base [AS name]}: begins a stage. Its variables are the ARGs before the
 * first FROM and the platform arguments, never those of another stage.
 *
 * @param base an image's name, the name of an earlier stage, or {@code scratch}
 * @param platform the platform of the base, if said
 * @param stageName the stage's name, in lower case
 */
public record From(
    Origin origin, String base, Optional<String> platform, Optional<String> stageName)
    implements Instruction {
  /** The base that is nothing. */
  public static final String SCRATCH = "scratch";

  @Override
  public From expand(Expansion expansion) {
    return new From(
        origin, expansion.word(origin, base), expansion.optional(origin, platform), stageName);
  }
}

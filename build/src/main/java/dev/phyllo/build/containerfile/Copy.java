package dev.phyllo.build.containerfile;

import java.util.List;
import java.util.Optional;

/**
 * {@code COPY [flags] source… destination}.
 *
 * @param sources paths and globs in the context or in {@code from}, in order
 * @param files heredocs among the sources: each is a file of its {@link Heredoc#name}, mode 0644,
 *     with its {@link Heredoc#text}
 * @param destination where it goes; ends in {@code /} for a directory
 * @param from a stage, an image or a named context; empty for the context; never has a variable
 * @param chown {@code user[:group]} by name or number
 * @param chmod permission bits, octal or symbolic
 * @param link whether the destination is made without looking at what is below it
 * @param parents whether the sources' parent directories are kept, from {@code /./} on if it has it
 * @param excludes patterns of what is left out, as in an ignore file
 */
public record Copy(
    Origin origin,
    List<String> sources,
    List<Heredoc> files,
    String destination,
    Optional<String> from,
    Optional<String> chown,
    Optional<String> chmod,
    boolean link,
    boolean parents,
    List<String> excludes)
    implements Instruction {
  /** Keeps copies. */
  public Copy {
    sources = List.copyOf(sources);
    files = List.copyOf(files);
    excludes = List.copyOf(excludes);
  }

  @Override
  public Copy expand(Expansion expansion) {
    return new Copy(
        origin,
        expansion.each(origin, sources),
        expansion.files(origin, files),
        expansion.word(origin, destination),
        from,
        expansion.optional(origin, chown),
        expansion.optional(origin, chmod),
        link,
        parents,
        excludes);
  }
}

package dev.phyllo.build.containerfile;

import java.util.List;
import java.util.Optional;

/**
 * {@code ADD [flags] source… destination}: COPY that also unpacks archives and fetches.
 *
 * @param sources paths and globs in the context, {@code http(s)} addresses and git repositories
 * @param files heredocs among the sources: each is a file of its {@link Heredoc#name}
 * @param destination where it goes; ends in {@code /} for a directory
 * @param chown {@code user[:group]} by name or number
 * @param chmod permission bits, octal or symbolic
 * @param link whether the destination is made without looking at what is below it
 * @param excludes patterns of what is left out, as in an ignore file
 * @param keepGitDir whether {@code .git} of a repository is kept, if said
 * @param checksum the digest that what is fetched must have
 * @param unpack whether archives are unpacked; if not said, local ones are and fetched ones are not
 */
public record Add(
    Origin origin,
    List<String> sources,
    List<Heredoc> files,
    String destination,
    Optional<String> chown,
    Optional<String> chmod,
    boolean link,
    List<String> excludes,
    Optional<Boolean> keepGitDir,
    Optional<String> checksum,
    Optional<Boolean> unpack)
    implements Instruction {
  /** Keeps copies. */
  public Add {
    sources = List.copyOf(sources);
    files = List.copyOf(files);
    excludes = List.copyOf(excludes);
  }

  @Override
  public Add expand(Expansion expansion) {
    return new Add(
        origin,
        expansion.each(origin, sources),
        expansion.files(origin, files),
        expansion.word(origin, destination),
        expansion.optional(origin, chown),
        expansion.optional(origin, chmod),
        link,
        excludes,
        keepGitDir,
        expansion.optional(origin, checksum),
        unpack);
  }
}

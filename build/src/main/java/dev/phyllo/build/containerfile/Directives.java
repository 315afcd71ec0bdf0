package dev.phyllo.build.containerfile;

import java.util.Optional;
import java.util.Set;

/**
 * The parser directives at the top of a file: comments of the form {@code # name=value}.
 *
 * @param syntax the frontend the file was written for; kept, never fetched
 * @param escape the character that escapes and continues lines: {@code \} or {@code `}
 * @param check which checks there are
 */
public record Directives(Optional<String> syntax, char escape, Check check) {
  /** None. */
  public static final Directives NONE = new Directives(Optional.empty(), '\\', Check.ALL);

  /**
   * {@code # check=skip=Name,Name;error=true}.
   *
   * @param skipped the checks that are left out
   * @param error whether a warning fails the build
   */
  public record Check(Set<Rule> skipped, boolean error) {
    /** All checks, as warnings. */
    public static final Check ALL = new Check(Set.of(), false);

    /** Keeps a copy. */
    public Check {
      skipped = Set.copyOf(skipped);
    }
  }
}

package dev.phyllo.build.ignore;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Patterns of what is left out. A path is left out if the last pattern that matches it, or one of
 * its parent directories, has no {@code !}. Immutable.
 *
 * <p>A walk over a tree asks {@link #root} and then {@link Directory#child} for each name it finds:
 * that costs the length of the name, not of the path, and says of a directory whether anything in
 * it can be wanted at all.
 */
public final class Ignore {
  /** Nothing is left out. */
  public static final Ignore NOTHING = new Ignore(List.of());

  private final IgnorePattern[] patterns;

  Ignore(List<IgnorePattern> patterns) {
    this.patterns = patterns.toArray(new IgnorePattern[0]);
  }

  /**
   * The patterns of an instruction's {@code --exclude} flags.
   *
   * @param patterns the patterns, as lines of an ignore file have them
   * @throws dev.phyllo.oci.InvalidException if one is malformed
   */
  public static Ignore of(List<String> patterns) {
    return IgnoreFile.parse(patterns, "--exclude");
  }

  /** Whether there are no patterns. */
  public boolean isEmpty() {
    return patterns.length == 0;
  }

  /** Whether a pattern has a {@code !}. */
  public boolean hasExceptions() {
    for (IgnorePattern pattern : patterns) {
      if (pattern.isException()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a path is left out.
   *
   * @param path relative to the context, parts separated by {@code /}, without {@code .} and {@code
   *     ..}; empty for the context itself, which is never left out
   */
  public boolean excludes(String path) {
    Child child = child(path);
    return child != null && child.excluded();
  }

  /**
   * Whether a path is left out with all that is below it, see {@link Child#isPruned}.
   *
   * @param path as for {@link #excludes}
   */
  public boolean prunes(String path) {
    Child child = child(path);
    return child != null && child.isPruned();
  }

  /** Walks to a path; null for the context itself. */
  private @Nullable Child child(String path) {
    Directory directory = root();
    Child child = null;
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        child = (child == null ? directory : child.inside()).child(name);
      }
    }
    return child;
  }

  /** The context itself. */
  public Directory root() {
    long[][] states = new long[patterns.length][];
    for (int i = 0; i < patterns.length; i++) {
      states[i] = patterns[i].start();
    }
    return new Directory(states, new boolean[patterns.length]);
  }

  /** A directory of the context, with what the patterns know of its path. Immutable. */
  public final class Directory {
    private final long[][] states;
    private final boolean[] matched;

    private Directory(long[][] states, boolean[] matched) {
      this.states = states;
      this.matched = matched;
    }

    /**
     * Something in the directory.
     *
     * @param name its name, one part of a path
     */
    public Child child(String name) {
      long[][] after = new long[patterns.length][];
      boolean[] matches = matched.clone();
      boolean out = false;
      for (int i = 0; i < patterns.length; i++) {
        // What a parent matches, all below it matches: its states are of no more use.
        after[i] = matches[i] ? IgnorePattern.DEAD : patterns[i].read(states[i], name);
        matches[i] |= patterns[i].accepts(after[i]);
        if (matches[i]) {
          out = !patterns[i].isException();
        }
      }
      return new Child(after, matches, out);
    }
  }

  /** Something in a directory: a file, or a directory itself. Immutable. */
  public final class Child {
    private final long[][] states;
    private final boolean[] matched;
    private final boolean excluded;

    private Child(long[][] states, boolean[] matched, boolean excluded) {
      this.states = states;
      this.matched = matched;
      this.excluded = excluded;
    }

    /** Whether it is left out. A directory that is may hold files that are not. */
    public boolean excluded() {
      return excluded;
    }

    /**
     * Whether nothing below it can be wanted: it is left out, and no pattern with {@code !} that
     * comes after the one that says so can match anything below.
     */
    public boolean isPruned() {
      if (!excluded) {
        return false;
      }
      for (int i = patterns.length - 1; i >= 0; i--) {
        IgnorePattern pattern = patterns[i];
        if (matched[i]) {
          return true; // the last that matches has no "!", or it would not be left out
        }
        if (pattern.isException() && pattern.read(states[i], "/").length > 0) {
          return false;
        }
      }
      return true;
    }

    /** It as a directory, to look at what is in it. */
    public Directory inside() {
      long[][] below = new long[patterns.length][];
      for (int i = 0; i < patterns.length; i++) {
        below[i] = patterns[i].read(states[i], "/");
      }
      return new Directory(below, matched);
    }
  }

  /** The patterns, each in quotes of its own. */
  @Override
  public String toString() {
    return List.of(patterns).toString();
  }
}

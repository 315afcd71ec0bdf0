package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;

/**
 * One path that differs between two trees, as {@code docker diff} lists it.
 *
 * @param kind what happened to it
 * @param path clean and relative: {@code etc/passwd}
 */
public record Change(Kind kind, RawPath path) implements Comparable<Change> {
  /** What can happen to a path. */
  public enum Kind {
    /** It was not there before. */
    ADDED('A'),
    /** It is another, or differs in an attribute, or is a directory in which something differs. */
    CHANGED('C'),
    /** It is gone, with all that was below it. */
    DELETED('D');

    private final char letter;

    Kind(char letter) {
      this.letter = letter;
    }

    /** The letter that stands for it in lists. */
    public char letter() {
      return letter;
    }
  }

  /** By path. */
  @Override
  public int compareTo(Change other) {
    int byPath = path.compareTo(other.path);
    return byPath != 0 ? byPath : kind.compareTo(other.kind);
  }

  /** As docker prints it: {@code C /etc/passwd}. */
  @Override
  public String toString() {
    return kind.letter + " /" + path;
  }
}

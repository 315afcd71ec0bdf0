package dev.phyllo.cli;

/**
 * Patterns of names as docker has them (Go's path.Match): {@code *} and {@code ?} match anything
 * but {@code /}, {@code [a-z]} and {@code [^a-z]} one character.
 */
final class NamePattern {
  private NamePattern() {}

  /** Whether all of a name is what a pattern says; a pattern that breaks its rules matches none. */
  static boolean matches(String pattern, String name) {
    // Only the last star can have to give way, so that no pattern takes more than a square of time.
    int p = 0;
    int n = 0;
    int star = -1;
    int resume = 0;
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = ++p;
        resume = n;
        continue;
      }
      int end = p < pattern.length() ? one(pattern, p, name.charAt(n)) : -1;
      if (end >= 0) {
        p = end;
        n++;
      } else if (star >= 0 && name.charAt(resume) != '/') {
        p = star;
        n = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }

  /** Where the pattern goes on behind what matches a character, or -1 if it does not. */
  private static int one(String pattern, int at, char c) {
    return switch (pattern.charAt(at)) {
      case '?' -> c == '/' ? -1 : at + 1;
      case '[' -> set(pattern, at + 1, c);
      case '\\' -> at + 1 < pattern.length() && pattern.charAt(at + 1) == c ? at + 2 : -1;
      default -> pattern.charAt(at) == c ? at + 1 : -1;
    };
  }

  private static int set(String pattern, int from, char c) {
    int at = from;
    boolean negated = at < pattern.length() && pattern.charAt(at) == '^';
    at += negated ? 1 : 0;
    boolean found = false;
    for (int first = at; at < pattern.length() && (pattern.charAt(at) != ']' || at == first); ) {
      char low = pattern.charAt(at++);
      char high = low;
      if (at + 1 < pattern.length() && pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']') {
        high = pattern.charAt(at + 1);
        at += 2;
      }
      found |= low <= c && c <= high;
    }
    return at < pattern.length() && found != negated && c != '/' ? at + 1 : -1;
  }
}

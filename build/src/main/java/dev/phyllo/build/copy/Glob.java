package dev.phyllo.build.copy;

/**
 * Wildcards in the sources of COPY: those of Go's {@code filepath.Match}, component by component,
 * and {@code **} for any number of directories.
 */
public final class Glob {
  private Glob() {}

  /** Whether a text has wildcards at all. */
  public static boolean isPattern(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == '*' || c == '?' || c == '[') {
        return true;
      }
    }
    return false;
  }

  /** Whether a component's pattern matches a name; a malformed one matches nothing. */
  public static boolean matches(String pattern, String name) {
    return match(pattern, 0, name, 0);
  }

  private static boolean match(String p, int pattern, String s, int name) {
    int i = pattern;
    int j = name;
    while (i < p.length()) {
      char c = p.charAt(i);
      if (c == '*') {
        for (int k = s.length(); k >= j; k--) {
          if (match(p, i + 1, s, k)) {
            return true;
          }
        }
        return false;
      }
      if (j == s.length()) {
        return false;
      }
      if (c == '[') {
        int end = classEnd(p, i);
        if (end < 0 || !inClass(p, i + 1, end, s.charAt(j))) {
          return false;
        }
        i = end + 1;
        j++;
        continue;
      }
      if (c == '\\' && i + 1 < p.length()) {
        c = p.charAt(++i);
        if (c != s.charAt(j)) {
          return false;
        }
      } else if (c != '?' && c != s.charAt(j)) {
        return false;
      }
      i++;
      j++;
    }
    return j == s.length();
  }

  private static int classEnd(String p, int open) {
    int i = open + 1;
    if (i < p.length() && p.charAt(i) == '^') {
      i++;
    }
    boolean first = true;
    for (; i < p.length(); i++) {
      char c = p.charAt(i);
      if (c == '\\') {
        i++;
      } else if (c == ']' && !first) {
        return i;
      }
      first = false;
    }
    return -1;
  }

  private static boolean inClass(String p, int from, int end, char c) {
    int i = from;
    boolean negated = p.charAt(i) == '^';
    if (negated) {
      i++;
    }
    boolean found = false;
    while (i < end) {
      char low = p.charAt(i) == '\\' ? p.charAt(++i) : p.charAt(i);
      i++;
      char high = low;
      if (i + 1 < end && p.charAt(i) == '-') {
        high = p.charAt(i + 1) == '\\' ? p.charAt(i += 2) : p.charAt(i + 1);
        i += p.charAt(i) == '-' ? 2 : 1;
      }
      found |= low <= c && c <= high;
    }
    return found != negated;
  }
}

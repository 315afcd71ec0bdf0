package dev.phyllo.build.containerfile;

/** What the Dockerfile reference's implementation, written in Go, means by kinds of characters. */
final class Chars {
  private static final int SHOWN = 60;

  private Chars() {}

  /** Whether it is white space of Unicode, as Go's {@code unicode.IsSpace} says. */
  static boolean isSpace(int c) {
    return c >= '\t' && c <= '\r'
        || c == ' '
        || c == 0x85
        || c == 0xA0
        || c > 0xFF && Character.isSpaceChar(c);
  }

  /** Without white space at both ends. */
  static String trim(String s) {
    int end = s.length();
    while (end > 0 && isSpace(s.charAt(end - 1))) {
      end--;
    }
    int start = 0;
    while (start < end && isSpace(s.charAt(start))) {
      start++;
    }
    return s.substring(start, end);
  }

  /** For an error: in quotes, and not too long. */
  static String quoted(String s) {
    return "'" + shown(s) + "'";
  }

  /** For an error: not too long. */
  static String shown(String s) {
    return s.length() > SHOWN ? s.substring(0, SHOWN) + "…" : s;
  }
}

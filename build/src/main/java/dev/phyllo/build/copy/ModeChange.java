package dev.phyllo.build.copy;

import dev.phyllo.oci.InvalidException;

/** What {@code --chmod} says: an octal number, or changes as chmod(1) takes them. */
public final class ModeChange {
  private static final String REMEDY = "write an octal number such as 0755, or u=rwX,go=rX";

  private final String text;
  private final int fixed;

  private ModeChange(String text, int fixed) {
    this.text = text;
    this.fixed = fixed;
  }

  /**
   * Reads the value.
   *
   * @throws InvalidException if it is neither
   */
  public static ModeChange parse(String text) {
    if (!text.isEmpty() && Character.isDigit(text.charAt(0))) {
      try {
        int mode = Integer.parseInt(text, 8);
        if (mode >= 0 && mode <= 07777) {
          return new ModeChange(text, mode);
        }
      } catch (NumberFormatException _) {
        // Said below.
      }
      throw new InvalidException("--chmod=" + text, "not permission bits", REMEDY);
    }
    ModeChange change = new ModeChange(text, -1);
    change.apply(0, false);
    return change;
  }

  /** The permission bits of a file that had these. */
  public int apply(int mode, boolean directory) {
    if (fixed >= 0) {
      return fixed;
    }
    int now = mode;
    for (String clause : text.split(",", -1)) {
      now = clause(clause, now, directory);
    }
    return now;
  }

  private int clause(String clause, int mode, boolean directory) {
    int i = 0;
    int who = 0;
    for (; i < clause.length() && "ugoa".indexOf(clause.charAt(i)) >= 0; i++) {
      who |=
          switch (clause.charAt(i)) {
            case 'u' -> 04700;
            case 'g' -> 02070;
            case 'o' -> 01007;
            default -> 07777;
          };
    }
    who = who == 0 ? 07777 : who;
    if (i == clause.length()) {
      throw malformed();
    }
    int now = mode;
    while (i < clause.length()) {
      char operator = clause.charAt(i++);
      if (operator != '=' && operator != '+' && operator != '-') {
        throw malformed();
      }
      int bits = 0;
      for (; i < clause.length() && "=+-".indexOf(clause.charAt(i)) < 0; i++) {
        bits |= bits(clause.charAt(i), now, directory);
      }
      bits &= who;
      now =
          switch (operator) {
            case '+' -> now | bits;
            case '-' -> now & ~bits;
            default -> now & ~(who & 0777) | bits;
          };
    }
    return now;
  }

  private int bits(char c, int mode, boolean directory) {
    return switch (c) {
      case 'r' -> 0444;
      case 'w' -> 0222;
      case 'x' -> 0111;
      case 'X' -> directory || (mode & 0111) != 0 ? 0111 : 0;
      case 's' -> 06000;
      case 't' -> 01000;
      case 'u' -> (mode >> 6 & 7) * 0111;
      case 'g' -> (mode >> 3 & 7) * 0111;
      case 'o' -> (mode & 7) * 0111;
      default -> throw malformed();
    };
  }

  private InvalidException malformed() {
    return new InvalidException("--chmod=" + text, "not permission bits", REMEDY);
  }

  @Override
  public String toString() {
    return text;
  }
}

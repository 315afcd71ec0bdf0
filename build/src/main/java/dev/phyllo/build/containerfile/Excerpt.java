package dev.phyllo.build.containerfile;

import dev.phyllo.oci.PhylloException;
import java.util.List;
import java.util.Optional;

/** Shows a place in a Containerfile as compilers do: its lines with their numbers, and a caret. */
public final class Excerpt {
  private static final int MOST_LINES = 12;
  private static final int MOST_COLUMNS = 160;

  private Excerpt() {}

  /**
   * The lines an error is about.
   *
   * @param error an error of this package, or one that has an {@link At} as its cause
   * @param source the file's text
   * @return several lines, each with a line feed; empty if the error names no place in the file
   */
  public static Optional<String> of(PhylloException error, String source) {
    return At.of(error).map(location -> of(location, source));
  }

  /**
   * The lines of a place.
   *
   * <pre>
   * Containerfile:3:1
   *    3 | RUNN make
   *      | ^
   * </pre>
   *
   * @param location the place
   * @param source the file's text
   * @return several lines, each with a line feed, without control characters
   */
  public static String of(Location location, String source) {
    List<String> lines = source.lines().toList();
    int last = Math.min(location.lastLine(), lines.size());
    int width = Integer.toString(Math.max(last, 1)).length() + 2;
    StringBuilder text = new StringBuilder();
    text.append(location).append('\n');
    for (int number = location.firstLine(); number <= last; number++) {
      if (number - location.firstLine() == MOST_LINES) {
        text.append(" ".repeat(width)).append(" | ...\n");
        break;
      }
      String line = lines.get(number - 1);
      int from = 0;
      int column = number == location.firstLine() ? location.column() : 0;
      if (column > MOST_COLUMNS) {
        from = Math.min(column - MOST_COLUMNS / 2, line.length());
      }
      String digits = Integer.toString(number);
      text.append(" ".repeat(width - digits.length())).append(digits).append(" | ");
      text.append(printable(line, from)).append('\n');
      if (column > 0) {
        text.append(" ".repeat(width)).append(" | ");
        text.append(" ".repeat(Math.max(0, column - 1 - from))).append("^\n");
      }
    }
    return text.toString();
  }

  /** One character for each, so that the caret stays below its place. */
  private static String printable(String line, int from) {
    StringBuilder text = new StringBuilder();
    int end = Math.min(line.length(), from + MOST_COLUMNS);
    for (int i = from; i < end; i++) {
      char c = line.charAt(i);
      text.append(c == '\t' ? ' ' : hidden(c) ? '?' : c);
    }
    return text.toString();
  }

  private static boolean hidden(char c) {
    return Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || c == '\u2028'
        || c == '\u2029';
  }
}

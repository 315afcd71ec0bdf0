package dev.phyllo.cli.demo;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Writes the demonstration's pages: numbered steps, indented facts, hints what to type. */
final class Paper {
  private static final String BOLD = "\u001b[1m";
  private static final String DIM = "\u001b[2m";
  private static final String CYAN = "\u001b[36m";
  private static final String GREEN = "\u001b[32m";
  private static final String RESET = "\u001b[0m";

  private final PrintStream out;
  private final boolean colours;
  private int step;

  /**
   * A page.
   *
   * @param out gets UTF-8, each line at once: a container writes to the same terminal
   * @param colours whether the reader's terminal shows colours
   */
  Paper(PrintStream out, boolean colours) {
    this.out = out;
    this.colours = colours;
  }

  /** The first line. */
  void title(String name, String what) {
    write(styled(BOLD, name) + "  " + what);
  }

  /** Begins the next step. */
  void step(String what) {
    step++;
    write("");
    write(styled(GREEN, Integer.toString(step)) + "  " + styled(BOLD, what));
  }

  /** A fact of the step. */
  void line(String text) {
    write(text.isEmpty() ? "" : "   " + text);
  }

  /** A fact of two parts, the first in a column of its own. */
  void line(String left, int width, String right) {
    line(padded(left, width) + right);
  }

  /** A remark in a fainter colour. */
  void remark(String text) {
    write("   " + styled(DIM, text));
  }

  /** What to type to see this on disk. */
  void look(String command) {
    write("   " + styled(DIM, "look  ") + styled(CYAN, command));
  }

  /** What to type to do the same. */
  void same(String command) {
    write("   " + styled(DIM, "same  ") + styled(CYAN, command));
  }

  /** The rest of a command that was too long for a line. */
  void more(String command) {
    write("           " + styled(CYAN, command));
  }

  private String styled(String style, String text) {
    return colours ? style + text + RESET : text;
  }

  private void write(String line) {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
  }

  static String padded(String text, int width) {
    int missing = width - text.codePointCount(0, text.length());
    return missing > 0 ? text + " ".repeat(missing) : text + " ";
  }
}

package dev.phyllo.cli.output;

/** Colours for what belongs together, such as a layer's files; none where nobody sees them. */
public final class Colours {
  private static final String[] CYCLE = {"36", "33", "32", "35", "34", "31"};
  private static final String RESET = "\u001b[0m";

  private final boolean on;

  /**
   * Colours for a stream.
   *
   * @param on see {@link Terminals#hasColours}
   */
  public Colours(boolean on) {
    this.on = on;
  }

  /** The text in the colour of a number; those next to each other differ. */
  public String numbered(int number, String text) {
    return on ? "\u001b[" + CYCLE[Math.floorMod(number, CYCLE.length)] + "m" + text + RESET : text;
  }

  /** The text fainter. */
  public String dim(String text) {
    return on ? "\u001b[2m" + text + RESET : text;
  }

  /** The text bolder. */
  public String bold(String text) {
    return on ? "\u001b[1m" + text + RESET : text;
  }
}

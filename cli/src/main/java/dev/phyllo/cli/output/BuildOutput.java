package dev.phyllo.cli.output;

import dev.phyllo.build.BuildProgress;
import dev.phyllo.oci.UsageException;

/** The ways to show a build, all of them on standard error: the result alone goes elsewhere. */
public final class BuildOutput {
  private BuildOutput() {}

  /**
   * The way of that name.
   *
   * @throws UsageException if there is none
   */
  public static BuildProgress of(String word) {
    return switch (word) {
      case "auto" ->
          Terminals.isTerminal(2) ? new BuildScreen(System.err) : new BuildLines(System.err);
      case "tty" -> new BuildScreen(System.err);
      case "plain" -> new BuildLines(System.err);
      case "json", "rawjson" -> new BuildJson(System.err);
      case "quiet", "none" -> BuildProgress.NONE;
      default ->
          throw new UsageException(
              "--progress " + word, "no such way", "use auto, plain, tty, quiet or json");
    };
  }

  /** Seconds with one decimal. */
  static String seconds(long nanos) {
    long tenths = nanos / 100_000_000;
    return tenths / 10 + "." + tenths % 10 + "s";
  }
}

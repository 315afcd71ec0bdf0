package dev.phyllo.cli.output;

import dev.phyllo.linux.TerminalSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether a standard descriptor is a terminal, as isatty(3) would say.
 *
 * <p>The JDK's console answers only for standard input and output together, and costs more to ask.
 */
public final class Terminals {
  private Terminals() {}

  /** Whether standard input (0), output (1) or error (2) is a terminal. */
  public static boolean isTerminal(int descriptor) {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return file.startsWith("/dev/pts/")
          || file.startsWith("/dev/tty")
          || file.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException _) {
      return false; // closed, or no Linux
    }
  }

  /** How wide it is: what it says itself, else COLUMNS, else 80. */
  public static int columns(int descriptor) {
    int stated = 80;
    String columns = System.getenv("COLUMNS");
    if (columns != null) {
      try {
        stated = Math.clamp(Long.parseLong(columns), 20, 1000);
      } catch (NumberFormatException _) {
        // Not a number: nobody knows.
      }
    }
    return isTerminal(descriptor) ? TerminalSize.columns(descriptor, stated) : stated;
  }

  /** Whether to print colours there: on terminals, unless NO_COLOR is set (no-color.org). */
  public static boolean hasColours(int descriptor) {
    String refused = System.getenv("NO_COLOR");
    return (refused == null || refused.isEmpty()) && isTerminal(descriptor);
  }
}

package dev.phyllo.cli;

import dev.phyllo.linux.Linux;
import dev.phyllo.linux.OwnProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Whether the sources are newer than what runs here, when it was started from a source tree.
 *
 * <p>{@code ./phyllo} does not wait for the answer: it has a search write it to a file, beside the
 * start of the JVM, and names that file in the property {@code dev.phyllo.sources}. Before a
 * command does anything, the answer is read; if it is yes, the process becomes {@code ./phyllo}
 * once more, which then builds first.
 */
final class Sources {
  private static final String ANSWER = "dev.phyllo.sources";

  /** What ends an answer; all there is to say if nothing is newer. */
  private static final String END = ".\n";

  /**
   * How long an answer is waited for, in milliseconds; without one, what is built is good enough.
   */
  private static final int PATIENCE = 5000;

  private Sources() {}

  /**
   * Returns if nothing is newer, or nobody asked.
   *
   * @throws dev.phyllo.oci.SystemException if the script cannot be executed again
   */
  static void check() {
    String where = System.getProperty(ANSWER, "");
    int colon = where.lastIndexOf(':');
    if (colon < 0) {
      return;
    }
    Path file = Path.of(where.substring(0, colon));
    String answer = read(file);
    for (int waited = 0; !answer.isEmpty() && !answer.endsWith(END); waited++) {
      if (waited == PATIENCE) {
        break;
      }
      try {
        Thread.sleep(1);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        break;
      }
      answer = read(file);
    }
    if (removed(file) && answer.endsWith(END) && Linux.isSupported()) {
      OwnProcess.reap(Integer.parseInt(where, colon + 1, where.length(), 10));
    }
    if (answer.length() > END.length() && answer.endsWith(END)) {
      Script.again("PHYLLO_BUILD=1");
    }
  }

  /** What is written so far, or a blank; empty if there is no such file: it was read before. */
  private static String read(Path file) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      return bytes.length == 0 ? " " : new String(bytes, StandardCharsets.ISO_8859_1);
    } catch (IOException _) {
      return "";
    }
  }

  private static boolean removed(Path file) {
    try {
      return Files.deleteIfExists(file);
    } catch (IOException _) {
      return false; // the next build removes it
    }
  }
}

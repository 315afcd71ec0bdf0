package dev.phyllo.cli;

import dev.phyllo.oci.SystemException;
import java.io.IOException;

/** Asks before something goes that cannot be brought back, in docker's words. */
final class Confirmation {
  private Confirmation() {}

  /**
   * Asks on standard error and reads a line of standard input.
   *
   * @param warning what will happen
   * @return whether the answer was y or yes; the end of the input is a no
   */
  static boolean given(String warning, Session session) {
    session.flush();
    System.err.print(warning + "\nAre you sure you want to continue? [y/N] ");
    System.err.flush();
    StringBuilder answer = new StringBuilder();
    try {
      for (int c = System.in.read(); c >= 0 && c != '\n'; c = System.in.read()) {
        answer.append((char) c);
      }
    } catch (IOException e) {
      throw new SystemException("standard input", e);
    }
    String word = answer.toString().strip();
    return word.equalsIgnoreCase("y") || word.equalsIgnoreCase("yes");
  }
}

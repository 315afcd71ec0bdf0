package dev.phyllo.oci;

import java.util.Map;

/**
 * Something the engine has just done, told to a {@link StepListener} as it happens.
 *
 * <p>Each module defines its own records of this type. {@code --explain} prints nothing else, so
 * what is shown is what was executed.
 */
public interface Step {
  /**
   * The operation in one or two words, such as {@code "verify"}, {@code "prepare"} or {@code
   * "mount"}.
   */
  String verb();

  /** What it was done to, in a form a person can read: a digest, a key, a path. */
  String subject();

  /** Further facts in a fixed order, for display and for programs; values are plain text. */
  Map<String, String> details();

  /** The whole step on one line, for people. */
  default String line() {
    StringBuilder line = new StringBuilder(160);
    line.append(verb());
    line.repeat(' ', Math.max(1, 9 - verb().length()));
    line.append(subject());
    for (Map.Entry<String, String> d : details().entrySet()) {
      line.append("  ").append(d.getKey()).append('=').append(d.getValue());
    }
    return line.toString();
  }
}

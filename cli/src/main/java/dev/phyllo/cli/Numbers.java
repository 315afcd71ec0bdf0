package dev.phyllo.cli;

import dev.phyllo.oci.UsageException;
import java.util.Optional;

/** Options whose value is a number. */
final class Numbers {
  private Numbers() {}

  /** The number that was given, if one was. */
  static Optional<Integer> option(Arguments arguments, String name) {
    if (arguments.value(name).isEmpty()) {
      return Optional.empty();
    }
    String text = arguments.value(name).get();
    try {
      return Optional.of(Integer.parseInt(text));
    } catch (NumberFormatException e) {
      throw new UsageException("--" + name + " " + text, "not a whole number", "correct it");
    }
  }
}

package dev.phyllo.containers;

import dev.phyllo.linux.ResourceLimits;
import dev.phyllo.oci.UsageException;

/**
 * A resource limit of each process of a container; getrlimit(2).
 *
 * @param name as ulimit has it in docker's {@code --ulimit}, such as {@code nofile}
 * @param soft what holds; -1 for no limit
 * @param hard what the process may raise it to; -1 for no limit
 */
public record Ulimit(String name, long soft, long hard) {

  /**
   * Reads {@code NAME=SOFT[:HARD]}.
   *
   * @throws UsageException if there is no such limit, or a value is no number
   */
  public static Ulimit parse(String text) {
    int equals = text.indexOf('=');
    if (equals <= 0) {
      throw bad(text, "no value");
    }
    String name = text.substring(0, equals);
    if (ResourceLimits.number(name) < 0) {
      throw bad(text, "no such limit");
    }
    String values = text.substring(equals + 1);
    int colon = values.indexOf(':');
    long soft = value(text, colon < 0 ? values : values.substring(0, colon));
    long hard = colon < 0 ? soft : value(text, values.substring(colon + 1));
    if (hard >= 0 && (soft < 0 || soft > hard)) {
      throw bad(text, "the first value is above the second");
    }
    return new Ulimit(name, soft, hard);
  }

  private static long value(String text, String number) {
    if (number.equals("-1") || number.equals("unlimited")) {
      return -1;
    }
    if (number.isEmpty() || number.length() > 18) {
      throw bad(text, "not a number: \"" + number + "\"");
    }
    for (int i = 0; i < number.length(); i++) {
      if (number.charAt(i) < '0' || number.charAt(i) > '9') {
        throw bad(text, "not a number: \"" + number + "\"");
      }
    }
    return Long.parseLong(number);
  }

  private static UsageException bad(String text, String why) {
    return new UsageException("--ulimit " + text, why, "write it as --ulimit nofile=1024:4096");
  }
}

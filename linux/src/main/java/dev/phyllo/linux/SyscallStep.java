package dev.phyllo.linux;

import dev.phyllo.oci.Step;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A system call that has been made, written as strace(1) writes it.
 *
 * @param note what it is for, in a few words; may be empty
 * @param name its name
 * @param arguments each as text
 * @param result a value, or a negative error number
 * @param nanos how long it took, -1 if that was not measured
 */
public record SyscallStep(String note, String name, List<String> arguments, long result, long nanos)
    implements Step {
  /** The call alone: {@code openat2(5, "etc/passwd", ...)}. */
  public String call() {
    return name + "(" + String.join(", ", arguments) + ")";
  }

  /** The result as text: a number, or {@code -1 ENOENT (No such file or directory)}. */
  public String resultText() {
    return result < 0 && result >= -4095
        ? "-1 " + Errno.describe((int) -result)
        : Long.toString(result);
  }

  @Override
  public String verb() {
    return name;
  }

  @Override
  public String subject() {
    return call();
  }

  @Override
  public Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("result", resultText());
    if (nanos >= 0) {
      details.put("micros", Long.toString(nanos / 1000));
    }
    if (!note.isEmpty()) {
      details.put("for", note);
    }
    return details;
  }

  /** The whole line: {@code mount(NULL, "/", ...) = 0 <0.000031>}. */
  @Override
  public String line() {
    StringBuilder line = new StringBuilder("  ").append(call()).append(" = ").append(resultText());
    if (nanos >= 0) {
      long micros = nanos / 1000;
      String fraction = Long.toString(micros % 1_000_000);
      line.append(" <").append(micros / 1_000_000).append('.');
      line.append("0".repeat(6 - fraction.length())).append(fraction).append('>');
    }
    return line.toString();
  }

  @Override
  public String toString() {
    return line().strip();
  }
}

package dev.phyllo.engine;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/** {@code HEALTHCHECK [OPTIONS] CMD …} and {@code HEALTHCHECK NONE}. */
final class Healthcheck {
  private Healthcheck() {}

  static Json.Obj parse(String instruction, String text, List<String> shell) {
    JsonBuilder check = new JsonBuilder();
    String rest = text;
    while (rest.startsWith("--")) {
      String flag = rest.split("\\s", 2)[0];
      rest = rest.substring(flag.length()).strip();
      option(instruction, flag, check);
    }
    String kind = rest.split("\\s", 2)[0];
    String command = rest.substring(kind.length()).strip();
    if (kind.equalsIgnoreCase("NONE") && command.isEmpty()) {
      return new JsonBuilder().put("Test", JsonBuilder.array(List.of("NONE"))).build();
    }
    if (!kind.equalsIgnoreCase("CMD") || command.isEmpty()) {
      throw ConfigChanges.refused(
          instruction, "neither NONE nor CMD and a command", "write HEALTHCHECK CMD …");
    }
    List<String> test = new ArrayList<>();
    List<String> exec = ConfigChanges.jsonForm(command);
    if (exec == null) {
      boolean usual = shell.equals(List.of("/bin/sh", "-c"));
      test.add(usual ? "CMD-SHELL" : "CMD");
      if (!usual) {
        test.addAll(shell);
      }
      test.add(command);
    } else {
      test.add("CMD");
      test.addAll(exec);
    }
    return new JsonBuilder().put("Test", JsonBuilder.array(test)).putAll(check.build()).build();
  }

  private static void option(String instruction, String flag, JsonBuilder check) {
    int equals = flag.indexOf('=');
    String name = equals < 0 ? flag : flag.substring(0, equals);
    String value = equals < 0 ? "" : flag.substring(equals + 1);
    switch (name) {
      case "--interval" -> check.put("Interval", nanos(instruction, flag, value));
      case "--timeout" -> check.put("Timeout", nanos(instruction, flag, value));
      case "--start-period" -> check.put("StartPeriod", nanos(instruction, flag, value));
      case "--start-interval" -> check.put("StartInterval", nanos(instruction, flag, value));
      case "--retries" -> {
        int retries = ConfigChanges.number(value);
        if (retries < 0) {
          throw ConfigChanges.refused(instruction, flag + " is not a number", "write --retries=3");
        }
        check.put("Retries", retries);
      }
      default ->
          throw ConfigChanges.refused(instruction, flag + ": no such option", "see HEALTHCHECK");
    }
  }

  /** A duration as Go writes it, {@code 1m30s}, in nanoseconds. */
  private static long nanos(String instruction, String flag, String text) {
    double total = 0;
    int at = 0;
    while (at < text.length()) {
      int start = at;
      while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
        at++;
      }
      int unit = at;
      while (at < text.length() && Character.isLetter(text.charAt(at))) {
        at++;
      }
      double scale =
          switch (text.substring(unit, at)) {
            case "ns" -> 1;
            case "us", "µs" -> 1e3;
            case "ms" -> 1e6;
            case "s" -> 1e9;
            case "m" -> 60e9;
            case "h" -> 3600e9;
            default -> -1;
          };
      if (scale < 0 || unit == start) {
        throw ConfigChanges.refused(
            instruction, flag + " is not a duration", "write it like 30s or 1m30s");
      }
      try {
        total += Double.parseDouble(text.substring(start, unit)) * scale;
      } catch (NumberFormatException _) {
        throw ConfigChanges.refused(
            instruction, flag + " is not a duration", "write it like 30s or 1m30s");
      }
    }
    if (text.isEmpty()) {
      throw ConfigChanges.refused(
          instruction, flag + " needs a duration", "write it like 30s or 1m30s");
    }
    return Math.round(total);
  }
}

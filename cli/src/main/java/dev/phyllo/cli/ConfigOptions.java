package dev.phyllo.cli;

import dev.phyllo.engine.ConfigEdit;
import dev.phyllo.oci.UsageException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The options of commands that write an image's configuration. */
final class ConfigOptions {
  private static final List<String> NAMES =
      List.of("entrypoint", "cmd", "env", "label", "workdir", "user", "change");

  private ConfigOptions() {}

  static Syntax options(Syntax syntax) {
    return syntax
        .value(null, "entrypoint", "WORDS", "The fixed first arguments: words, or a JSON array")
        .value(null, "cmd", "WORDS", "The arguments a caller may replace, likewise")
        .value("e", "env", "NAME=VALUE", "Set a variable")
        .value(null, "label", "NAME=VALUE", "Set a label")
        .value("w", "workdir", "DIR", "Where the process starts")
        .value("u", "user", "USER[:GROUP]", "Who it runs as")
        .value("c", "change", "INSTRUCTION", "Apply a Containerfile instruction, after the others");
  }

  /** Whether any of them was given. */
  static boolean areGiven(Arguments arguments) {
    for (String name : NAMES) {
      if (arguments.has(name)) {
        return true;
      }
    }
    return false;
  }

  static ConfigEdit edit(Arguments arguments) {
    for (String assignment : arguments.values("env")) {
      split("env", assignment);
    }
    return new ConfigEdit(
        words(arguments, "entrypoint"),
        words(arguments, "cmd"),
        arguments.values("env"),
        map(arguments, "label"),
        arguments.value("workdir"),
        arguments.value("user"),
        arguments.values("change"));
  }

  /** The values of an option that are NAME=VALUE each. */
  static Map<String, String> map(Arguments arguments, String option) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String assignment : arguments.values(option)) {
      int equals = split(option, assignment);
      map.put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }
    return map;
  }

  private static Optional<List<String>> words(Arguments arguments, String option) {
    Optional<String> text = arguments.value(option);
    return text.isEmpty() ? Optional.empty() : Optional.of(ConfigEdit.words(text.get()));
  }

  private static int split(String option, String assignment) {
    int equals = assignment.indexOf('=');
    if (equals <= 0) {
      throw new UsageException(
          "--" + option + " " + assignment, "has no NAME=", "write --" + option + " NAME=VALUE");
    }
    return equals;
  }
}

package dev.phyllo.engine;

import dev.phyllo.build.ConfigChanges;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to change in an image's configuration, field by field, and then by Containerfile
 * instructions.
 *
 * @param entrypoint the fixed first arguments, replaced as a whole
 * @param cmd the arguments that a caller may replace, replaced as a whole; gone with a new
 *     entrypoint unless given too, as in docker
 * @param env assignments, each in the place of one of the same name
 * @param labels added, or replaced
 * @param workingDir where the process starts
 * @param user who it runs as
 * @param instructions such as {@code EXPOSE 80}, applied last
 */
public record ConfigEdit(
    Optional<List<String>> entrypoint,
    Optional<List<String>> cmd,
    List<String> env,
    Map<String, String> labels,
    Optional<String> workingDir,
    Optional<String> user,
    List<String> instructions) {
  /** Nothing. */
  public static final ConfigEdit NONE =
      new ConfigEdit(
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Map.of(),
          Optional.empty(),
          Optional.empty(),
          List.of());

  /** Keeps copies. */
  public ConfigEdit {
    env = List.copyOf(env);
    labels = new LinkedHashMap<>(labels);
    instructions = List.copyOf(instructions);
  }

  /**
   * A command line: a JSON array of words, or words as a shell would split them, where quotes and
   * backslashes keep blanks and nothing is expanded.
   *
   * @throws InvalidException if a quote is not closed
   */
  public static List<String> words(String text) {
    List<String> json = list(text.strip());
    if (json != null) {
      return json;
    }
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote == 0 && Character.isWhitespace(c)) {
        if (begun) {
          words.add(word.toString());
          word.setLength(0);
          begun = false;
        }
        continue;
      }
      begun = true;
      if (c == quote) {
        quote = 0;
      } else if (quote == 0 && (c == '\'' || c == '"')) {
        quote = c;
      } else if (c == '\\' && quote != '\'' && i + 1 < text.length()) {
        word.append(text.charAt(++i));
      } else {
        word.append(c);
      }
    }
    if (quote != 0) {
      throw new InvalidException(text, "a quote is not closed", "close it, or give a JSON array");
    }
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }

  /** The strings of a JSON array; null for anything else. */
  private static @Nullable List<String> list(String text) {
    if (!text.startsWith("[")) {
      return null;
    }
    Json parsed;
    try {
      parsed = JsonCodec.parse(text.getBytes(StandardCharsets.UTF_8), "list");
    } catch (InvalidException _) {
      return null;
    }
    List<String> words = new ArrayList<>();
    if (parsed instanceof Json.Array array) {
      for (Json item : array.items()) {
        if (!(item instanceof Json.Text word)) {
          return null;
        }
        words.add(word.value());
      }
    }
    return words;
  }

  /** A program and its arguments, and nothing else. */
  public static ConfigEdit running(List<String> command) {
    return new ConfigEdit(
        Optional.empty(),
        Optional.of(command),
        List.of(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        List.of());
  }

  ProcessConfig applyTo(ProcessConfig from) {
    List<String> variables = new ArrayList<>(from.env());
    variables.addAll(env);
    Map<String, String> allLabels = new LinkedHashMap<>(from.labels());
    allLabels.putAll(labels);
    ProcessConfig edited =
        new ProcessConfig(
            user.orElse(from.user()),
            from.exposedPorts(),
            Committing.withoutRepeats(variables),
            entrypoint.orElse(from.entrypoint()),
            cmd.orElse(entrypoint.isPresent() ? List.of() : from.cmd()),
            from.volumes(),
            workingDir.orElse(from.workingDir()),
            allLabels,
            from.stopSignal(),
            from.extra());
    return ConfigChanges.apply(edited, instructions);
  }
}

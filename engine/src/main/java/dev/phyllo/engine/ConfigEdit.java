package dev.phyllo.engine;

import dev.phyllo.oci.ProcessConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
   * A command line: a JSON array of words, or words as a shell would split them.
   *
   * @throws dev.phyllo.oci.InvalidException if quotes do not match
   */
  public static List<String> words(String text) {
    List<String> json = ConfigChanges.jsonForm(text.strip());
    return json == null ? ShellWords.split(text) : json;
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
    return new ConfigChanges(edited).applyAll(instructions);
  }
}

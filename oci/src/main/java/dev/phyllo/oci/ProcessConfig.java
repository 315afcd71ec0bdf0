package dev.phyllo.oci;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The {@code config} object of an image config (config.md): what a container of the image runs by
 * default. Docker's further fields (Healthcheck, Shell, OnBuild …) stay in {@code extra}.
 *
 * @param user {@code user[:group]} by name or number; empty for root
 * @param exposedPorts {@code port[/protocol]}
 * @param env {@code NAME=value}
 * @param entrypoint the fixed first arguments
 * @param cmd the arguments that the caller may replace
 * @param volumes paths whose content should outlive the container
 * @param workingDir where the process starts; empty for {@code /}
 * @param labels arbitrary metadata
 * @param stopSignal the signal that asks the process to end, if not SIGTERM
 * @param extra fields this version does not know
 */
public record ProcessConfig(
    String user,
    List<String> exposedPorts,
    List<String> env,
    List<String> entrypoint,
    List<String> cmd,
    List<String> volumes,
    String workingDir,
    Map<String, String> labels,
    Optional<String> stopSignal,
    Json.Obj extra) {

  /** No defaults at all. */
  public static final ProcessConfig EMPTY =
      new ProcessConfig(
          "",
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          "",
          Map.of(),
          Optional.empty(),
          Json.Obj.EMPTY);

  private static final Set<String> KNOWN =
      Set.of(
          "User",
          "ExposedPorts",
          "Env",
          "Entrypoint",
          "Cmd",
          "Volumes",
          "WorkingDir",
          "Labels",
          "StopSignal");

  /** Keeps copies. */
  public ProcessConfig {
    exposedPorts = List.copyOf(exposedPorts);
    env = List.copyOf(env);
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    volumes = List.copyOf(volumes);
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
  }

  /** The same with another default command. */
  public ProcessConfig withCmd(List<String> newCmd) {
    return new ProcessConfig(
        user,
        exposedPorts,
        env,
        entrypoint,
        newCmd,
        volumes,
        workingDir,
        labels,
        stopSignal,
        extra);
  }

  /** The same with other fixed first arguments. */
  public ProcessConfig withEntrypoint(List<String> newEntrypoint) {
    return new ProcessConfig(
        user,
        exposedPorts,
        env,
        newEntrypoint,
        cmd,
        volumes,
        workingDir,
        labels,
        stopSignal,
        extra);
  }

  /** The same with another environment. */
  public ProcessConfig withEnv(List<String> newEnv) {
    return new ProcessConfig(
        user,
        exposedPorts,
        newEnv,
        entrypoint,
        cmd,
        volumes,
        workingDir,
        labels,
        stopSignal,
        extra);
  }

  /** Reads the object. */
  public static ProcessConfig fromJson(JsonObject o) {
    return new ProcessConfig(
        o.string("User").orElse(""),
        o.keys("ExposedPorts"),
        o.strings("Env"),
        o.strings("Entrypoint"),
        o.strings("Cmd"),
        o.keys("Volumes"),
        o.string("WorkingDir").orElse(""),
        o.stringMap("Labels"),
        o.string("StopSignal").filter(s -> !s.isEmpty()),
        o.unknown(KNOWN));
  }

  /** The object as the specification writes it. */
  public Json.Obj toJson() {
    return new JsonBuilder()
        .putIfPresent("User", Optional.of(user))
        .putKeys("ExposedPorts", exposedPorts)
        .putStrings("Env", env)
        .putStrings("Entrypoint", entrypoint)
        .putStrings("Cmd", cmd)
        .putKeys("Volumes", volumes)
        .putIfPresent("WorkingDir", Optional.of(workingDir))
        .putStringMap("Labels", labels)
        .putIfPresent("StopSignal", stopSignal)
        .putAll(extra)
        .build();
  }
}

package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How a container lives and ends.
 *
 * @param restart whether it is started again
 * @param stopSignal what asks its process to end: a name or a number, empty for SIGTERM
 * @param stopSeconds how long it then has until it is killed, empty for ten; negative for ever
 * @param stdinOnce whether its standard input ends with that of the first who attaches
 * @param labels what its user calls it by
 * @param runtime the program that runs its bundle: a name or an absolute path, empty for the engine
 *     itself
 * @param init the program of the host that is its first process, which starts the one it is for,
 *     passes signals on and reaps; empty for none
 * @param log what becomes of its output
 */
public record LifeSpec(
    RestartPolicy restart,
    String stopSignal,
    Optional<Integer> stopSeconds,
    boolean stdinOnce,
    Map<String, String> labels,
    String runtime,
    String init,
    LogSpec log) {
  /** What docker has when nothing is said. */
  public static final LifeSpec DEFAULT =
      new LifeSpec(
          RestartPolicy.NO, "", Optional.empty(), false, Map.of(), "", "", LogSpec.DEFAULT);

  /** Keeps a copy. */
  public LifeSpec {
    labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
  }

  LifeSpec with(RestartPolicy policy) {
    return new LifeSpec(policy, stopSignal, stopSeconds, stdinOnce, labels, runtime, init, log);
  }

  static LifeSpec fromJson(Optional<JsonObject> json) {
    if (json.isEmpty()) {
      return DEFAULT;
    }
    JsonObject o = json.get();
    return new LifeSpec(
        RestartPolicy.parse(o.string("restart").orElse("no")),
        o.string("stopSignal").orElse(""),
        o.number("stopSeconds").map(Long::intValue),
        o.bool("stdinOnce").orElse(false),
        o.stringMap("labels"),
        o.string("runtime").orElse(""),
        o.string("init").orElse(""),
        LogSpec.fromJson(o.object("log")));
  }

  Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder();
    if (restart.kind() != RestartPolicy.Kind.NO) {
      b.put("restart", restart.toString());
    }
    if (!stopSignal.isEmpty()) {
      b.put("stopSignal", stopSignal);
    }
    if (stopSeconds.isPresent()) {
      b.put("stopSeconds", stopSeconds.get());
    }
    if (stdinOnce) {
      b.put("stdinOnce", true);
    }
    if (!runtime.isEmpty()) {
      b.put("runtime", runtime);
    }
    if (!init.isEmpty()) {
      b.put("init", init);
    }
    if (!log.isDefault()) {
      b.put("log", log.toJson());
    }
    return b.putStringMap("labels", labels).build();
  }
}

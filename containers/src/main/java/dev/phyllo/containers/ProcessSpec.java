package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;

/**
 * The process a container is for.
 *
 * @param args the command and its arguments, never empty
 * @param env {@code NAME=value}, in order; of repeated names the last counts
 * @param workingDir an absolute path in the container, made if missing
 * @param user {@code user[:group]} by name or number; empty for root
 * @param stdin whether standard input is passed through; otherwise it is empty
 * @param tty whether it gets a terminal of its own
 */
public record ProcessSpec(
    List<String> args,
    List<String> env,
    String workingDir,
    String user,
    boolean stdin,
    boolean tty) {

  /** Keeps copies. */
  public ProcessSpec {
    args = List.copyOf(args);
    env = List.copyOf(env);
  }

  ProcessSpec withArgs(List<String> others) {
    return new ProcessSpec(others, env, workingDir, user, stdin, tty);
  }

  static ProcessSpec fromJson(JsonObject o) {
    return new ProcessSpec(
        o.strings("args"),
        o.strings("env"),
        o.requireString("workingDir"),
        o.requireString("user"),
        o.bool("stdin").orElse(false),
        o.bool("tty").orElse(false));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("args", JsonBuilder.array(args))
        .put("env", JsonBuilder.array(env))
        .put("workingDir", workingDir)
        .put("user", user)
        .put("stdin", stdin)
        .put("tty", tty)
        .build();
  }
}

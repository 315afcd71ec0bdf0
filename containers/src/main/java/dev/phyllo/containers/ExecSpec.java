package dev.phyllo.containers;

import java.util.List;
import java.util.Optional;

/**
 * One more process for a container that runs.
 *
 * @param args the command and its arguments, never empty
 * @param env {@code NAME=value}, after those of the container
 * @param workingDir an absolute path in the container; its own if empty
 * @param user {@code user[:group]}; its own if empty
 * @param stdin whether standard input is passed through
 * @param tty whether it gets a terminal of its own
 * @param privileged whether it may do what root of a privileged container may
 */
public record ExecSpec(
    List<String> args,
    List<String> env,
    Optional<String> workingDir,
    Optional<String> user,
    boolean stdin,
    boolean tty,
    boolean privileged) {

  /** Keeps copies. */
  public ExecSpec {
    args = List.copyOf(args);
    env = List.copyOf(env);
  }
}

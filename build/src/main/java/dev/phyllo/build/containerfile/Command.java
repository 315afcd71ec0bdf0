package dev.phyllo.build.containerfile;

import java.util.List;

/** What RUN, CMD, ENTRYPOINT or HEALTHCHECK executes: for a shell, or as it is. */
public sealed interface Command {
  /**
   * A line for the shell that SHELL names, {@code /bin/sh -c} if none does.
   *
   * @param line the line; may have line feeds where it came from heredocs; may be empty
   */
  record ShellForm(String line) implements Command {}

  /**
   * Arguments to execute without a shell, written as a JSON array.
   *
   * @param arguments the command and its arguments; may be empty
   */
  record ExecForm(List<String> arguments) implements Command {
    /** Keeps a copy. */
    public ExecForm {
      arguments = List.copyOf(arguments);
    }
  }

  /**
   * The arguments to execute.
   *
   * @param shell the stage's shell, such as {@code ["/bin/sh", "-c"]}
   */
  default List<String> arguments(List<String> shell) {
    // By instanceof: the first use of a pattern switch makes classes, and cached builds are timed.
    if (this instanceof ExecForm exec) {
      return exec.arguments();
    }
    List<String> all = new java.util.ArrayList<>(shell);
    all.add(((ShellForm) this).line());
    return List.copyOf(all);
  }
}

package dev.phyllo.cli;

import dev.phyllo.engine.Rootless;
import java.util.List;

/** {@code unshare}: a command or shell where the engine's users and mounts are. */
final class UnshareCommand implements Command {
  UnshareCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "unshare [COMMAND] [ARG...]", "Run a command among the engine's users and mounts")
        .stopsAtFirstWord()
        .words(0, Integer.MAX_VALUE)
        .example("phyllo unshare")
        .example("phyllo unshare ls -ln ~/.local/share/phyllo/ns/default/snapshots/overlayfs");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> command = arguments.words();
    if (command.isEmpty()) {
      String shell = System.getenv("SHELL");
      command = List.of(shell == null || shell.isEmpty() ? "/bin/sh" : shell);
    }
    session.flush();
    return Rootless.command(command, session.root(), session.steps());
  }
}

package dev.phyllo.cli;

import dev.phyllo.engine.Life;

/** {@code kill}: a signal for a container's process. */
final class KillCommand implements Command {
  KillCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("kill [OPTIONS] CONTAINER...", "Send containers a signal")
        .value("s", "signal", "SIGNAL", "Its name or number (KILL)")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo kill web")
        .example("phyllo kill -s HUP web");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    int signal = Life.signal("--signal", arguments.value("signal").orElse("KILL"));
    return EachContainer.of(
        arguments.words(), session, (container, life) -> life.kill(container, signal));
  }
}

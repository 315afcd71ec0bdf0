package dev.phyllo.cli;

import dev.phyllo.engine.Life;
import java.util.Optional;

/** {@code stop} and {@code restart}: a signal first, the end if that does not help. */
final class StopCommand implements Command {
  private final boolean again;

  /**
   * @param again whether they are started again
   */
  StopCommand(boolean again) {
    this.again = again;
  }

  @Override
  public Syntax syntax() {
    String word = again ? "restart" : "stop";
    return new Syntax(
            word + " [OPTIONS] CONTAINER...",
            again ? "Stop containers and start them again" : "Stop containers")
        .value(
            "t", "time", "SECONDS", "How long a process has until it is killed (10; -1 for ever)")
        .value(null, "timeout", "SECONDS", "The same")
        .value("s", "signal", "SIGNAL", "What asks it to end")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo " + word + " web")
        .example("phyllo " + word + " -t 2 web db");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Optional<Integer> seconds =
        Numbers.option(arguments, "time").or(() -> Numbers.option(arguments, "timeout"));
    Optional<Integer> signal = arguments.value("signal").map(word -> Life.signal("--signal", word));
    return EachContainer.of(
        arguments.words(),
        session,
        (container, life) -> {
          life.stop(container, seconds, signal);
          if (again) {
            life.start(container, Optional.empty(), Life.Before.NOTHING);
          }
        });
  }
}

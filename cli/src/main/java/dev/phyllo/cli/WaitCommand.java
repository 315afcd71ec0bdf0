package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.PhylloException;
import java.util.Optional;

/** {@code wait}: the exit statuses of containers, when they have ended. */
final class WaitCommand implements Command {
  WaitCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax(
            "wait CONTAINER...", "Wait until containers have ended, and print their exit statuses")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo wait job");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    int status = 0;
    for (String name : arguments.words()) {
      try {
        Container container = life.require(name);
        Optional<Integer> exit = life.await(container);
        if (exit.isEmpty()) {
          session.say("phyllo: " + name + ": its exit status is not known");
        }
        session.println(Integer.toString(exit.orElse(255)));
        session.flush();
      } catch (PhylloException e) {
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }
}

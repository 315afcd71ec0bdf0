package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.oci.PhylloException;

/** {@code rm}: containers and their writable layers. */
final class RmCommand implements Command {
  RmCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("rm [OPTIONS] CONTAINER...", "Remove containers and their writable layers")
        .flag("v", "volumes", "Also the volumes that came with them without a name")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo rm quiet_fern_1f3a");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Containers containers = session.engine().containers();
    int status = 0;
    for (String name : arguments.words()) {
      try {
        Container container = containers.require(name);
        containers.remove(container);
        if (arguments.has("volumes")) {
          containers.volumes().removeAnonymous(container);
        }
        session.println(name);
      } catch (PhylloException e) {
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }
}

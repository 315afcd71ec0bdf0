package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;

/** {@code rm}: containers, their writable layers and their logs. */
final class RmCommand implements Command {
  RmCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("rm [OPTIONS] CONTAINER...", "Remove containers and their writable layers")
        .flag("f", "force", "End those that run; no error for those that are not there")
        .flag("v", "volumes", "Remove the volumes without a name that were made for them too")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo rm quiet_fern_1f3a")
        .example("phyllo rm -f web");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    boolean force = arguments.has("force");
    boolean volumes = arguments.has("volumes");
    Life life = session.engine().life();
    Containers containers = session.engine().containers();
    int status = 0;
    for (String name : arguments.words()) {
      try {
        Container container = life.require(name);
        life.remove(container, force);
        if (volumes) {
          containers.volumes().removeAnonymous(container);
        }
        session.println(name);
        session.flush();
      } catch (NotFoundException e) {
        session.say("phyllo: " + e.getMessage());
        status = force ? status : 1;
      } catch (PhylloException e) {
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }
}

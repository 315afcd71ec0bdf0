package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.ConflictException;

/** {@code attach}: this terminal at a container that runs. */
final class AttachCommand implements Command {
  AttachCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("attach [OPTIONS] CONTAINER", "Attach to a container that runs")
        .flag(null, "no-stdin", "Do not pass standard input on")
        .value(null, "detach-keys", "KEYS", "What detaches from its terminal (ctrl-p,ctrl-q)")
        .value(null, "sig-proxy", "true|false", "Pass signals on where there is no terminal")
        .words(1, 1)
        .example("phyllo attach shell");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    Container container = life.require(arguments.words().getFirst());
    ContainerState state = life.state(container);
    if (!state.isRunning() || !state.supervised()) {
      throw new ConflictException(
          "container " + container.name(),
          state.isRunning()
              ? "runs in somebody's foreground, where its output goes"
              : "is not running",
          state.isRunning() ? "" : "phyllo start " + container.name());
    }
    Beside.Attached attached =
        new Beside.Attached(
            !arguments.has("no-stdin") && container.spec().process().stdin(), true, arguments);
    attached.begin(life, container);
    return attached.stay(session);
  }
}

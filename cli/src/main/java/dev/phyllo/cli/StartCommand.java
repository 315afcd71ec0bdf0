package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.engine.Attachment;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code start}: containers that were made or have ended. */
final class StartCommand implements Command {
  StartCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("start [OPTIONS] CONTAINER...", "Start containers that do not run")
        .flag(null, "all", "Start all that do not run, or of those the ones that --filter names")
        .value(
            null,
            "filter",
            "NAME=VALUE",
            "With --all, only those: restart-policy=always, should-start-on-boot=true, as ps has it")
        .flag("a", "attach", "Show what it writes, and end as it does")
        .flag("i", "interactive", "Pass standard input on")
        .value(null, "detach-keys", "KEYS", "What detaches from its terminal (ctrl-p,ctrl-q)")
        .value(null, "sig-proxy", "true|false", "Pass signals on where there is no terminal")
        .words(0, Integer.MAX_VALUE)
        .example("phyllo start web")
        .example("phyllo start -a -i shell")
        .example("phyllo start --all --filter should-start-on-boot=true");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    if (arguments.has("all")) {
      return all(arguments, session);
    }
    if (arguments.has("filter") || arguments.words().isEmpty()) {
      throw new UsageException(
          "start", "no container is named", "name some, or start --all, which takes --filter");
    }
    if (!arguments.has("attach") && !arguments.has("interactive")) {
      return EachContainer.of(
          arguments.words(),
          session,
          (c, life) -> life.start(c, Optional.empty(), Life.Before.NOTHING));
    }
    if (arguments.words().size() > 1) {
      throw new UsageException(
          "start", "only one container can be attached to", "start the others without -a and -i");
    }
    Life life = session.engine().life();
    Container container = life.require(arguments.words().getFirst());
    Beside.Attached attached =
        new Beside.Attached(
            arguments.has("interactive") && container.spec().process().stdin(), true, arguments);
    boolean tty = container.spec().process().tty();
    try {
      if (!life.start(
          container, tty ? Attachment.size() : Optional.empty(), c -> attached.begin(life, c))) {
        attached.begin(life, container);
      }
    } catch (StartException e) {
      // Docker's start exits with 1 unless the container says otherwise.
      throw e;
    } catch (PhylloException e) {
      session.say("phyllo: " + e.getMessage());
      return 1;
    }
    return attached.stay(session);
  }

  private static int all(Arguments arguments, Session session) {
    if (arguments.has("attach") || arguments.has("interactive") || !arguments.words().isEmpty()) {
      throw new UsageException(
          "start --all", "starts containers beside it, and none by name", "leave out one of them");
    }
    Life life = session.engine().life();
    PsFilter filter = PsFilter.parse(arguments.values("filter"), life);
    List<String> names = new ArrayList<>();
    for (Container c : life.containers().list()) {
      ContainerState state = life.state(c);
      boolean idle =
          state.status() == ContainerState.Status.EXITED
              || state.status() == ContainerState.Status.CREATED;
      if (idle && filter.has(new PsCommand.Row(c, state))) {
        names.add(c.name());
      }
    }
    return EachContainer.of(
        names, session, (c, l) -> l.start(c, Optional.empty(), Life.Before.NOTHING));
  }
}

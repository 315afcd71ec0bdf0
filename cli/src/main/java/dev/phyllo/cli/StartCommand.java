package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.engine.Attachment;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.UsageException;
import java.util.Optional;

/** {@code start}: containers that were made or have ended. */
final class StartCommand implements Command {
  StartCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("start [OPTIONS] CONTAINER...", "Start containers that do not run")
        .flag("a", "attach", "Show what it writes, and end as it does")
        .flag("i", "interactive", "Pass standard input on")
        .value(null, "detach-keys", "KEYS", "What detaches from its terminal (ctrl-p,ctrl-q)")
        .value(null, "sig-proxy", "true|false", "Pass signals on where there is no terminal")
        .words(1, Integer.MAX_VALUE)
        .example("phyllo start web")
        .example("phyllo start -a -i shell");
  }

  @Override
  public int run(Arguments arguments, Session session) {
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
}

package dev.phyllo.cli;

import dev.phyllo.cli.output.Table;
import dev.phyllo.containers.Container;
import dev.phyllo.engine.Life;
import dev.phyllo.engine.ProcessInfo;
import java.util.List;

/** {@code top}: the processes of a container. */
final class TopCommand implements Command {
  TopCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("top CONTAINER", "List the processes of a container, by their numbers here")
        .example("phyllo top web")
        .words(1, 1);
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    Container container = life.require(arguments.words().getFirst());
    List<ProcessInfo> processes = life.processes(container);
    Table table = new Table().header("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD");
    for (ProcessInfo p : processes) {
      table.row(
          p.user(),
          Integer.toString(p.pid()),
          Integer.toString(p.parent()),
          Long.toString(p.percent()),
          p.began(),
          p.terminal(),
          clock(p.seconds()),
          p.command());
    }
    session.print(table.toString());
    return 0;
  }

  private static String clock(long seconds) {
    return two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60);
  }

  private static String two(long value) {
    return value < 10 ? "0" + value : Long.toString(value);
  }
}

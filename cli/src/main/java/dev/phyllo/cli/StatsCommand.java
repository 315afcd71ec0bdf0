package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.containers.Container;
import dev.phyllo.engine.Life;
import dev.phyllo.engine.Usage;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/** {@code stats}: what containers use of the machine. */
final class StatsCommand implements Command {
  private static final long INTERVAL_MILLIS = 1000;

  /** Clears a terminal and begins at its top. */
  private static final String CLEAR = "\033[2J\033[H";

  StatsCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("stats [OPTIONS] [CONTAINER...]", "Show what containers use")
                .flag("a", "all", "Also those that do not run")
                .flag(null, "no-stream", "Once, and not every second")
                .flag(null, "no-trunc", "Show whole ids"))
        .words(0, Integer.MAX_VALUE)
        .example("phyllo stats --no-stream");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    boolean once = arguments.has("no-stream");
    List<Usage> before = usages(arguments, life);
    do {
      Life.pause(INTERVAL_MILLIS);
      List<Usage> now = usages(arguments, life);
      List<Json.Obj> rows = new ArrayList<>();
      for (Usage usage : now) {
        rows.add(row(usage, earlier(before, usage), arguments.has("no-trunc")));
      }
      if (!once) {
        session.print(CLEAR);
      }
      if (!Format.rows(arguments, rows, session)) {
        session.print(table(rows));
      }
      session.flush();
      before = now;
    } while (!once && !System.out.checkError());
    return 0;
  }

  private static List<Usage> usages(Arguments arguments, Life life) {
    List<Container> containers = new ArrayList<>();
    if (arguments.words().isEmpty()) {
      for (Container c : life.containers().list()) {
        if (arguments.has("all") || life.containers().state(c).isRunning()) {
          containers.add(c);
        }
      }
    } else {
      for (String name : arguments.words()) {
        containers.add(life.require(name));
      }
    }
    List<Usage> usages = new ArrayList<>();
    for (Container c : containers) {
      usages.add(life.usage(c));
    }
    return usages;
  }

  private static Usage earlier(List<Usage> before, Usage now) {
    for (Usage usage : before) {
      if (usage.container().id().equals(now.container().id())) {
        return usage;
      }
    }
    return now;
  }

  private static String table(List<Json.Obj> rows) {
    Table table =
        new Table()
            .header(
                "CONTAINER ID",
                "NAME",
                "CPU %",
                "MEM USAGE / LIMIT",
                "MEM %",
                "NET I/O",
                "BLOCK I/O",
                "PIDS");
    for (Json.Obj row : rows) {
      table.row(
          text(row, "ID"),
          text(row, "Name"),
          text(row, "CPUPerc"),
          text(row, "MemUsage"),
          text(row, "MemPerc"),
          text(row, "NetIO"),
          text(row, "BlockIO"),
          text(row, "PIDs"));
    }
    return table.toString();
  }

  private static Json.Obj row(Usage now, Usage before, boolean whole) {
    long nanos = Math.max(1, now.nanoTime() - before.nanoTime());
    long used = Math.max(0, now.stats().cpuNanos() - before.stats().cpuNanos());
    long limit = Math.min(now.stats().memoryLimitBytes(), now.machineMemory());
    return new JsonBuilder()
        .put("ID", whole ? now.container().id() : now.container().shortId())
        .put("Container", now.container().shortId())
        .put("Name", now.container().name())
        .put("CPUPerc", percent(used, nanos))
        .put("MemUsage", binary(now.stats().memoryBytes()) + " / " + binary(limit))
        .put("MemPerc", percent(now.stats().memoryBytes(), limit))
        .put("NetIO", Sizes.brief(now.received()) + " / " + Sizes.brief(now.sent()))
        .put(
            "BlockIO",
            Sizes.brief(Math.max(0, now.stats().readBytes()))
                + " / "
                + Sizes.brief(Math.max(0, now.stats().writtenBytes())))
        .put("PIDs", Long.toString(Math.max(0, now.stats().pids())))
        .build();
  }

  private static String binary(long bytes) {
    return bytes < 0 ? "-" : Sizes.binary(bytes);
  }

  /** With two digits after the point. */
  private static String percent(long part, long whole) {
    if (whole <= 0 || part < 0) {
      return "0.00%";
    }
    long hundredths = Math.round(10_000.0 * part / whole);
    long after = hundredths % 100;
    return hundredths / 100 + "." + (after < 10 ? "0" : "") + after + "%";
  }

  private static String text(Json.Obj row, String name) {
    return row.members().get(name) instanceof Json.Text t ? t.value() : "";
  }
}

package dev.phyllo.cli;

import dev.phyllo.cli.output.Table;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;

/** {@code ps}: the containers. */
final class PsCommand implements Command {
  private static final int COMMAND_WIDTH = 20;

  PsCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax("ps [OPTIONS]", "List containers")
                .flag("a", "all", "Also those that do not run")
                .flag("q", "quiet", "Print only ids")
                .flag(null, "no-trunc", "Show whole ids and commands"))
        .words(0, 0)
        .example("phyllo ps -a");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    Containers containers = session.engine().containers();
    boolean whole = arguments.has("no-trunc");
    List<Json.Obj> rows = new ArrayList<>();
    for (Container c : containers.list()) {
      boolean running = containers.isRunning(c);
      if (running || arguments.has("all")) {
        rows.add(row(c, running, whole));
      }
    }
    if (arguments.has("quiet")) {
      for (Json.Obj row : rows) {
        session.println(text(row, "ID"));
      }
      return 0;
    }
    if (Format.rows(arguments, rows, session)) {
      return 0;
    }
    Table table =
        new Table().header("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "NAMES");
    for (Json.Obj row : rows) {
      table.row(
          text(row, "ID"),
          text(row, "Image"),
          text(row, "Command"),
          text(row, "RunningFor"),
          text(row, "Status"),
          text(row, "Names"));
    }
    session.print(table.toString());
    return 0;
  }

  private static Json.Obj row(Container c, boolean running, boolean whole) {
    String command = String.join(" ", c.spec().process().args());
    if (!whole && command.length() > COMMAND_WIDTH) {
      command = command.substring(0, COMMAND_WIDTH - 1) + "…";
    }
    String status =
        running ? "Up" : c.exitStatus().map(s -> "Exited (" + s + ")").orElse("Created");
    return new JsonBuilder()
        .put("ID", whole ? c.id() : c.shortId())
        .put("Image", Reference.parse(c.spec().image().name()).familiar())
        .put("Command", "\"" + command + "\"")
        .put("CreatedAt", Times.rfc3339(c.createdMillis()))
        .put("RunningFor", Times.ago(c.createdMillis()))
        .put("State", running ? "running" : c.exitStatus().isPresent() ? "exited" : "created")
        .put("Status", status)
        .put("Names", c.name())
        .build();
  }

  private static String text(Json.Obj row, String name) {
    return row.members().get(name) instanceof Json.Text t ? t.value() : "";
  }
}

package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.containers.Network;
import dev.phyllo.containers.RootDirectory;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
                .flag("l", "latest", "Only the newest, whether it runs or not")
                .value("n", "last", "COUNT", "Only the newest so many, whether they run or not")
                .value(
                    "f",
                    "filter",
                    "NAME=VALUE",
                    "Only those; id, name, label, status, exited, ancestor, volume, network,"
                        + " publish, expose, before, since, restart-policy, should-start-on-boot")
                .flag("s", "size", "Show what each has written, and with its image")
                .flag(null, "no-trunc", "Show whole ids and commands"))
        .words(0, 0)
        .example("phyllo ps -a")
        .example("phyllo ps -q --filter status=exited --filter label=env=test");
  }

  /**
   * A container and how it is.
   *
   * @param container what it is
   * @param state how it is
   */
  record Row(Container container, ContainerState state) {}

  @Override
  public int run(Arguments arguments, Session session) {
    Life life = session.engine().life();
    PsFilter filter = PsFilter.parse(arguments.values("filter"), life);
    Optional<Integer> newest =
        arguments.has("latest") ? Optional.of(1) : Numbers.option(arguments, "last");
    boolean all = arguments.has("all") || newest.isPresent() || filter.namesState();
    boolean whole = arguments.has("no-trunc");
    boolean size = arguments.has("size");
    List<Json.Obj> rows = new ArrayList<>();
    for (Container c : life.containers().list().reversed()) {
      ContainerState state = life.state(c);
      boolean shown =
          all || state.isRunning() || state.status() == ContainerState.Status.RESTARTING;
      if (shown && filter.has(new Row(c, state))) {
        Json.Obj row = row(c, state, ports(life, c, state), whole);
        rows.add(size ? PsSize.added(row, c, session.engine()) : row);
      }
      if (newest.isPresent() && newest.get() >= 0 && rows.size() == newest.get()) {
        break;
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
    Table table = new Table();
    if (size) {
      table.header(
          "CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", "SIZE");
    } else {
      table.header("CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES");
    }
    for (Json.Obj row : rows) {
      String id = text(row, "ID");
      String image = text(row, "Image");
      String command = text(row, "Command");
      String created = text(row, "RunningFor");
      String status = text(row, "Status");
      String ports = text(row, "Ports");
      String names = text(row, "Names");
      if (size) {
        table.row(id, image, command, created, status, ports, names, text(row, "Size"));
      } else {
        table.row(id, image, command, created, status, ports, names);
      }
    }
    session.print(table.toString());
    return 0;
  }

  /** Only a container that runs has any; those without a network need not be looked at. */
  private static String ports(Life life, Container c, ContainerState state) {
    boolean connected =
        c.spec().network().mode() == Network.CONNECTED || !c.spec().network().exposed().isEmpty();
    return state.isRunning() && connected
        ? NetworkInspect.ports(c, life.containers().directory(c))
        : "";
  }

  private static Json.Obj row(Container c, ContainerState state, String ports, boolean whole) {
    String command = String.join(" ", c.spec().process().args());
    if (!whole && command.length() > COMMAND_WIDTH) {
      command = command.substring(0, COMMAND_WIDTH - 1) + "…";
    }
    return new JsonBuilder()
        .put("ID", whole ? c.id() : c.shortId())
        .put("Image", imageName(c))
        .put("Command", "\"" + command + "\"")
        .put("CreatedAt", Times.rfc3339(c.createdMillis()))
        .put("RunningFor", Times.ago(c.createdMillis()))
        .put("State", state.status().word())
        .put("Status", status(state))
        .put("Ports", ports)
        .put("Names", c.name())
        .put("Labels", labels(c))
        .build();
  }

  private static String labels(Container c) {
    StringBuilder text = new StringBuilder();
    c.spec()
        .life()
        .labels()
        .forEach((name, value) ->
            text.append(text.isEmpty() ? "" : ",").append(name).append('=').append(value));
    return text.toString();
  }

  /** Docker's words. */
  static String status(ContainerState state) {
    return switch (state.status()) {
      case CREATED, STARTING -> "Created";
      case RUNNING -> "Up " + since(state.startedMillis());
      case PAUSED -> "Up " + since(state.startedMillis()) + " (Paused)";
      case RESTARTING ->
          "Restarting (" + code(state) + ") " + since(state.finishedMillis()) + " ago";
      case EXITED -> "Exited (" + code(state) + ") " + since(state.finishedMillis()) + " ago";
    };
  }

  private static String code(ContainerState state) {
    return state.exitStatus().isPresent() ? Integer.toString(state.exitStatus().get()) : "unknown";
  }

  private static String since(long millis) {
    return Sizes.duration(System.currentTimeMillis() - millis);
  }

  private static String text(Json.Obj row, String name) {
    return row.members().get(name) instanceof Json.Text t ? t.value() : "";
  }

  /** As docker shows it: the tag latest is left out. */
  static String imageName(Container c) {
    if (c.spec().image().isNone()) {
      return c.spec().storage().root().map(RootDirectory::toString).orElse("");
    }
    String name = Reference.parse(c.spec().image().name()).familiar();
    return name.endsWith(":latest") ? name.substring(0, name.length() - 7) : name;
  }
}

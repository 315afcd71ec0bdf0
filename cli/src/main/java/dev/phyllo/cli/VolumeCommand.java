package dev.phyllo.cli;

import dev.phyllo.cli.output.Sizes;
import dev.phyllo.cli.output.Table;
import dev.phyllo.containers.Volumes;
import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** {@code volume}: directories that the engine keeps for containers. */
final class VolumeCommand implements Command {
  VolumeCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "volume create [NAME]|ls|inspect NAME...|rm NAME...|prune",
                    "Make, list and remove volumes")
                .value("d", "driver", "local", "The only driver there is")
                .value(null, "label", "NAME=VALUE", "create: note something on the volume")
                .value(
                    null,
                    "filter",
                    "NAME=VALUE",
                    "ls, prune: only those; name, label, dangling=true|false")
                .flag("q", "quiet", "ls: print only names")
                .flag("a", "all", "prune: also volumes that were given a name")
                .flag("f", "force", "prune: do not ask; rm: no error if there is none"))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo volume create data")
        .example("phyllo run --rm -v data:/data busybox touch /data/file")
        .example("phyllo volume inspect --format '{{.Mountpoint}}' data")
        .example("phyllo volume rm data");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    List<String> names = words.subList(1, words.size());
    Volumes volumes = session.engine().containers().volumes();
    switch (words.getFirst()) {
      case "create" -> create(arguments, names, volumes, session);
      case "ls", "list" -> list(arguments, volumes, session);
      case "inspect" -> {
        needName("inspect", names);
        List<Json.Obj> found = new ArrayList<>();
        for (String name : names) {
          found.add(inspected(volumes.require(name)));
        }
        Format.objects(arguments, found, session);
      }
      case "rm", "remove" -> {
        needName("rm", names);
        return remove(arguments.has("force"), names, volumes, session);
      }
      case "prune" -> prune(arguments, volumes, session);
      default ->
          throw Subcommands.unknown(
              "volume",
              words.getFirst(),
              UsageWords.subcommands(syntax().usage()).toArray(String[]::new));
    }
    return 0;
  }

  private static void create(
      Arguments arguments, List<String> names, Volumes volumes, Session session) {
    if (names.size() > 1) {
      throw new UsageException(
          "volume create", "too many words", "phyllo volume create [OPTIONS] [NAME]");
    }
    String driver = arguments.value("driver").orElse("local");
    if (!driver.equals("local")) {
      throw new UsageException("--driver " + driver, "no such volume driver", "use local");
    }
    Optional<String> name = names.isEmpty() ? Optional.empty() : Optional.of(names.getFirst());
    session.println(volumes.create(name, labels(arguments.values("label"))).name());
  }

  private static void list(Arguments arguments, Volumes volumes, Session session) {
    List<Json.Obj> rows = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Set<String> used = volumes.used();
    for (NamedVolume v : volumes.list()) {
      if (isWanted(v, arguments.values("filter"), used)) {
        names.add(v.name());
        rows.add(
            new JsonBuilder()
                .put("Driver", "local")
                .put("Labels", joined(v.labels()))
                .put("Mountpoint", v.data().toString())
                .put("Name", v.name())
                .put("Scope", "local")
                .build());
      }
    }
    if (!arguments.has("quiet") && Format.rows(arguments, rows, session)) {
      return;
    }
    Table table = new Table().header("DRIVER", "VOLUME NAME");
    for (String name : names) {
      if (arguments.has("quiet")) {
        session.println(name);
      } else {
        table.row("local", name);
      }
    }
    if (!arguments.has("quiet")) {
      session.print(table.toString());
    }
  }

  private static boolean isWanted(NamedVolume v, List<String> filters, Set<String> used) {
    for (String filter : filters) {
      int equals = filter.indexOf('=');
      String key = equals < 0 ? filter : filter.substring(0, equals);
      String value = equals < 0 ? "" : filter.substring(equals + 1);
      boolean wanted =
          switch (key) {
            case "name" -> v.name().contains(value);
            case "label" -> Volumes.hasLabels(v, labels(List.of(value)));
            case "driver" -> value.equals("local");
            case "dangling" ->
                used.contains(v.name()) != (value.equals("true") || value.equals("1"));
            default ->
                throw new UsageException(
                    "--filter " + filter, "no such filter", "use name, label, driver or dangling");
          };
      if (!wanted) {
        return false;
      }
    }
    return true;
  }

  private static int remove(boolean force, List<String> names, Volumes volumes, Session session) {
    int status = 0;
    for (String name : names) {
      if (force && volumes.find(name).isEmpty()) {
        continue;
      }
      try {
        volumes.remove(name);
        session.println(name);
      } catch (PhylloException e) {
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }

  private static void prune(Arguments arguments, Volumes volumes, Session session) {
    boolean all = arguments.has("all");
    List<String> labels = new ArrayList<>();
    for (String filter : arguments.values("filter")) {
      if (filter.startsWith("label=")) {
        labels.add(filter.substring("label=".length()));
      } else if (filter.equals("all=1") || filter.equals("all=true")) {
        all = true;
      } else {
        throw new UsageException("--filter " + filter, "no such filter", "use label");
      }
    }
    String warning =
        "WARNING! This will remove "
            + (all ? "all" : "anonymous")
            + " local volumes not used by at least one container.";
    if (!arguments.has("force") && !Confirmation.given(warning, session)) {
      return;
    }
    Volumes.Removed removed = volumes.prune(all, labels(labels));
    if (!removed.names().isEmpty()) {
      session.println("Deleted Volumes:");
      removed.names().forEach(session::println);
      session.println("");
    }
    session.println("Total reclaimed space: " + Sizes.human(removed.bytes()));
  }

  static Json.Obj inspected(NamedVolume v) {
    return new JsonBuilder()
        .put("CreatedAt", Times.rfc3339(v.createdMillis()))
        .put("Driver", "local")
        .putStringMap("Labels", new TreeMap<>(v.labels()))
        .put("Mountpoint", v.data().toString())
        .put("Name", v.name())
        .put("Options", Json.Obj.EMPTY)
        .put("Scope", "local")
        .build();
  }

  static Map<String, String> labels(List<String> words) {
    Map<String, String> labels = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      labels.put(
          equals < 0 ? word : word.substring(0, equals),
          equals < 0 ? "" : word.substring(equals + 1));
    }
    return labels;
  }

  static String joined(Map<String, String> labels) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> label : new TreeMap<>(labels).entrySet()) {
      text.append(text.isEmpty() ? "" : ",").append(label.getKey()).append('=');
      text.append(label.getValue());
    }
    return text.toString();
  }

  private static void needName(String command, List<String> names) {
    if (names.isEmpty()) {
      throw new UsageException(
          "volume " + command, "too few words", "phyllo volume " + command + " NAME...");
    }
  }
}

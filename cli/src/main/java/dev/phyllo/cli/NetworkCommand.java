package dev.phyllo.cli;

import dev.phyllo.cli.output.Table;
import dev.phyllo.containers.Networks;
import dev.phyllo.containers.networks.Members;
import dev.phyllo.containers.networks.NetworkRanges;
import dev.phyllo.containers.networks.NetworkRecord;
import dev.phyllo.containers.networks.Subnet;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** {@code network}: what containers can be connected to. */
final class NetworkCommand implements Command {
  NetworkCommand() {}

  @Override
  public Syntax syntax() {
    return Format.option(
            new Syntax(
                    "network create NAME|connect NAME CONTAINER|disconnect NAME CONTAINER|ls|inspect NAME...|rm NAME...|prune",
                    "Make, list and remove networks, and connect containers")
                .value(
                    null,
                    "subnet",
                    "RANGE",
                    "create: its addresses, such as 10.90.0.0/24; one of IPv6 beside it")
                .flag(null, "ipv6", "create: IPv6 addresses too, of a range that is chosen")
                .value(null, "gateway", "ADDRESS", "create: the host's address in it")
                .flag(null, "internal", "create: it leads nowhere but to its members")
                .value("d", "driver", "bridge", "create: the only driver there is")
                .value(null, "label", "NAME=VALUE", "create: note something on it")
                .value(null, "alias", "NAME", "connect: another name of the container there")
                .value(null, "ip", "ADDRESS", "connect: the IPv4 address to have there")
                .value(null, "ip6", "ADDRESS", "connect: the IPv6 address")
                .flag("q", "quiet", "ls: print only names")
                .flag("f", "force", "prune: do not ask; rm, disconnect: no error if there is none"))
        .words(1, Integer.MAX_VALUE)
        .example("phyllo network create web")
        .example("phyllo run --rm --network web --name one busybox hostname -i")
        .example("phyllo network connect --alias db web one")
        .example("phyllo network inspect --format '{{json .IPAM.Config}}' web");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    List<String> names = words.subList(1, words.size());
    Networks networks = session.engine().networks();
    switch (words.getFirst()) {
      case "create" -> create(arguments, names, networks, session);
      case "ls", "list" -> list(arguments, networks, session);
      case "inspect" -> {
        need("inspect", names);
        List<Json.Obj> found = new ArrayList<>();
        for (String name : names) {
          found.add(inspected(name, networks));
        }
        Format.objects(arguments, found, session);
      }
      case "rm", "remove" -> {
        need("rm", names);
        return remove(arguments.has("force"), names, networks, session);
      }
      case "connect", "disconnect" -> NetworkConnections.run(arguments, session);
      case "prune" -> {
        String warning = "WARNING! This will remove all networks that no container is in.";
        if (arguments.has("force") || Confirmation.given(warning, session)) {
          List<String> removed = networks.prune();
          if (!removed.isEmpty()) {
            session.println("Deleted Networks:");
            removed.forEach(session::println);
          }
        }
      }
      default ->
          throw new UsageException(
              "network " + words.getFirst(), "no such command", "see phyllo network --help");
    }
    return 0;
  }

  private static void create(
      Arguments arguments, List<String> names, Networks networks, Session session) {
    if (names.size() != 1) {
      throw new UsageException("network create", "needs one name", "phyllo network create NAME");
    }
    String driver = arguments.value("driver").orElse("bridge");
    if (!driver.equals("bridge")) {
      throw new UsageException("--driver " + driver, "no such network driver", "use bridge");
    }
    NetworkRecord made =
        networks.create(
            names.getFirst(),
            NetworkRanges.Wanted.of(
                arguments.values("subnet"), arguments.values("gateway"), arguments.has("ipv6")),
            arguments.has("internal"),
            VolumeCommand.labels(arguments.values("label")));
    session.println(made.name());
  }

  private static void list(Arguments arguments, Networks networks, Session session) {
    List<Json.Obj> rows = new ArrayList<>();
    List<String> names = new ArrayList<>();
    Table table = new Table().header("NAME", "DRIVER", "SUBNET", "BRIDGE");
    for (NetworkRecord n : networks.list()) {
      names.add(n.name());
      table.row(n.name(), "bridge", subnets(n), n.bridge());
      rows.add(
          new JsonBuilder()
              .put("ID", n.name())
              .put("Name", n.name())
              .put("Driver", "bridge")
              .put("Scope", "local")
              .put("Internal", Boolean.toString(n.internal()))
              .put("Subnet", subnets(n))
              .put("IPv6", Boolean.toString(n.ranges().subnet6().isPresent()))
              .put("CreatedAt", Times.rfc3339(n.createdMillis()))
              .put("Labels", VolumeCommand.joined(n.labels()))
              .build());
    }
    for (String always : List.of("host", "none")) {
      names.add(always);
      table.row(always, always.equals("host") ? "host" : "null", "", "");
      rows.add(
          new JsonBuilder()
              .put("ID", always)
              .put("Name", always)
              .put("Driver", always.equals("host") ? "host" : "null")
              .put("Scope", "local")
              .put("Internal", "false")
              .put("Labels", "")
              .build());
    }
    if (arguments.has("quiet")) {
      names.forEach(session::println);
    } else if (!Format.rows(arguments, rows, session)) {
      session.print(table.toString());
    }
  }

  private static int remove(boolean force, List<String> names, Networks networks, Session session) {
    int status = 0;
    for (String name : names) {
      boolean there = networks.list().stream().anyMatch(n -> n.name().equals(name));
      if (force && !there) {
        continue;
      }
      try {
        networks.remove(name);
        session.println(name);
      } catch (PhylloException e) {
        session.say("phyllo: " + e.getMessage());
        status = 1;
      }
    }
    return status;
  }

  static Json.Obj inspected(String name, Networks networks) {
    NetworkRecord n = networks.require(name);
    NetworkRanges r = n.ranges();
    List<Json> ranges = new ArrayList<>();
    ranges.add(range(r.subnet().toString(), Subnet.text(r.gateway())));
    if (r.subnet6().isPresent()) {
      ranges.add(range(r.subnet6().get().toString(), r.gateway6()));
    }
    JsonBuilder containers = new JsonBuilder();
    for (Members.Member m : networks.members(name)) {
      containers.put(
          m.id(),
          new JsonBuilder()
              .put("Name", m.names().getFirst())
              .put("IPv4Address", addresses(m, false))
              .put("IPv6Address", addresses(m, true))
              .build());
    }
    return new JsonBuilder()
        .put("Name", n.name())
        .put("Id", n.name())
        .put("Created", Times.rfc3339(n.createdMillis()))
        .put("Scope", "local")
        .put("Driver", "bridge")
        .put("EnableIPv6", r.subnet6().isPresent())
        .put(
            "IPAM",
            new JsonBuilder()
                .put("Driver", "host-local")
                .put("Config", new Json.Array(ranges))
                .build())
        .put("Internal", n.internal())
        .put("Containers", containers.build())
        .put("Options", new JsonBuilder().put("bridge", n.bridge()).build())
        .putStringMap("Labels", new TreeMap<>(n.labels()))
        .put("Conflist", n.conflist())
        .build();
  }

  private static Json range(String subnet, String gateway) {
    return new JsonBuilder().put("Subnet", subnet).put("Gateway", gateway).build();
  }

  private static String addresses(Members.Member m, boolean ipv6) {
    List<String> all = new ArrayList<>(m.addresses());
    all.removeIf(address -> address.indexOf(':') >= 0 != ipv6);
    return String.join(",", all);
  }

  private static String subnets(NetworkRecord n) {
    String ipv4 = n.ranges().subnet().toString();
    return n.ranges().subnet6().isPresent() ? ipv4 + "," + n.ranges().subnet6().get() : ipv4;
  }

  private static void need(String command, List<String> names) {
    if (names.isEmpty()) {
      throw new UsageException(
          "network " + command, "too few words", "phyllo network " + command + " NAME...");
    }
  }
}

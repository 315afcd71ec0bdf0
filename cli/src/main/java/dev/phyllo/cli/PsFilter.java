package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.containers.Endpoint;
import dev.phyllo.containers.NetworkSpec;
import dev.phyllo.containers.Volume;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.engine.Life;
import dev.phyllo.oci.Reference;
import java.util.List;
import java.util.Map;

/**
 * {@code ps --filter}: docker's rules. Of several values of one name one must fit, of several names
 * all; but every label must.
 */
final class PsFilter {
  static final List<String> NAMES =
      List.of(
          "id",
          "name",
          "label",
          "status",
          "exited",
          "ancestor",
          "volume",
          "network",
          "publish",
          "expose",
          "before",
          "since",
          "restart-policy",
          "should-start-on-boot");

  private final Filters wanted;
  private final Life life;

  private PsFilter(Filters wanted, Life life) {
    this.wanted = wanted;
    this.life = life;
  }

  static PsFilter parse(List<String> filters, Life life) {
    return new PsFilter(Filters.parse(filters, NAMES), life);
  }

  /** Whether it asks for containers that may not run. */
  boolean namesState() {
    return wanted.name("status") || wanted.name("exited");
  }

  boolean has(PsCommand.Row row) {
    return wanted.accept((name, value) -> fits(name, value, row.container(), row.state()));
  }

  private boolean fits(String name, String value, Container c, ContainerState state) {
    return switch (name) {
      case "id" -> c.id().startsWith(value);
      case "name" -> c.name().contains(value);
      case "label" -> label(value, c.spec().life().labels());
      case "status" -> state.status().word().equals(value);
      case "exited" ->
          state.finishedMillis() > 0
              && !state.isRunning()
              && state.exitStatus().map(s -> Integer.toString(s).equals(value)).orElse(false);
      case "ancestor" -> ancestor(value, c);
      case "volume" -> volume(value, c);
      case "network" -> network(value, c.spec().network());
      case "publish", "expose" -> ports(name, value, c.spec().network());
      case "before" -> c.createdMillis() < life.require(value).createdMillis();
      case "restart-policy" -> c.spec().life().restart().kind().word().equals(value);
      case "should-start-on-boot" ->
          life.containers().supervision().startsWithMachine(c) == value.equals("true");
      default -> c.createdMillis() > life.require(value).createdMillis();
    };
  }

  private static boolean label(String text, Map<String, String> labels) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      return labels.containsKey(text);
    }
    return text.substring(equals + 1).equals(labels.get(text.substring(0, equals)));
  }

  private static boolean ancestor(String value, Container c) {
    if (c.spec().image().isNone()) {
      return false;
    }
    String hex = value.startsWith("sha256:") ? value.substring(7) : value;
    if (!hex.isEmpty() && c.spec().image().config().hex().startsWith(hex) && hex.length() >= 4) {
      return true;
    }
    Reference image = Reference.parse(c.spec().image().name());
    return Reference.parse(value).canonical().equals(image.canonical());
  }

  private static boolean network(String value, NetworkSpec network) {
    boolean found = network.mode().word().equals(value);
    for (Endpoint endpoint : network.endpoints()) {
      found |= endpoint.network().equals(value);
    }
    return found;
  }

  /**
   * Ports as {@code 80}, {@code 80/udp} or {@code 8000-8080}; of the container, as docker has it.
   */
  private static boolean ports(String filter, String value, NetworkSpec network) {
    List<String> wanted = PortMapping.exposed(value, "--filter " + filter + "=" + value);
    for (PortMapping port : filter.equals("publish") ? network.ports() : List.<PortMapping>of()) {
      if (wanted.contains(port.inside())) {
        return true;
      }
    }
    if (filter.equals("expose")) {
      for (String offered : network.exposed()) {
        if (wanted.contains(offered)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean volume(String value, Container c) {
    for (Volume v : c.spec().storage().volumes()) {
      if (v.target().equals(value) || v.source().equals(value)) {
        return true;
      }
    }
    return false;
  }
}

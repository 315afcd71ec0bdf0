package dev.phyllo.cli;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.Endpoint;
import dev.phyllo.containers.Networks;
import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The {@code NetworkSettings} of a container, with docker's field names. */
final class NetworkInspect {
  private NetworkInspect() {}

  /** The column of {@code ps}: published ports, then what is only exposed. */
  static String ports(Container c, Path directory) {
    StringBuilder text = new StringBuilder();
    List<String> published = new ArrayList<>();
    for (Attachment a : Networks.attachments(directory)) {
      for (PortMapping port : a.published()) {
        published.add(port.inside());
        text.append(text.isEmpty() ? "" : ", ");
        text.append(port.outside()).append("->").append(port.inside());
      }
    }
    for (String exposed : c.spec().network().exposed()) {
      if (!published.contains(exposed)) {
        text.append(text.isEmpty() ? "" : ", ").append(exposed);
      }
    }
    return text.toString();
  }

  static Json.Obj of(Container c, Path directory) {
    List<Attachment> attachments = Networks.attachments(directory);
    Map<String, List<Json>> published = new LinkedHashMap<>();
    for (String exposed : c.spec().network().exposed()) {
      published.put(exposed, new ArrayList<>());
    }
    JsonBuilder networks = new JsonBuilder();
    for (Attachment a : attachments) {
      for (PortMapping port : a.published()) {
        published
            .computeIfAbsent(port.inside(), _ -> new ArrayList<>())
            .add(
                new JsonBuilder()
                    .put("HostIp", port.hostIp().isEmpty() ? "0.0.0.0" : port.hostIp())
                    .put("HostPort", Integer.toString(port.hostPort()))
                    .build());
      }
      networks.put(a.network(), settings(a, c));
    }
    for (Endpoint e : c.spec().network().endpoints()) {
      if (attachments.stream().noneMatch(a -> a.network().equals(e.network()))) {
        networks.put(e.network(), settings(notMade(e), c));
      }
    }
    JsonBuilder ports = new JsonBuilder();
    for (Map.Entry<String, List<Json>> port : published.entrySet()) {
      ports.put(
          port.getKey(),
          port.getValue().isEmpty() ? Json.Null.NULL : new Json.Array(port.getValue()));
    }
    JsonBuilder settings =
        new JsonBuilder().put("Ports", ports.build()).put("Networks", networks.build());
    if (attachments.isEmpty()) {
      return settings.put("IPAddress", "").put("Gateway", "").put("MacAddress", "").build();
    }
    Attachment first = attachments.getFirst();
    return settings
        .put("SandboxKey", directory.resolve("netns").toString())
        .put("IPAddress", address(first, false))
        .put("IPPrefixLen", prefix(first, false))
        .put("Gateway", gateway(first, false))
        .put("GlobalIPv6Address", address(first, true))
        .put("GlobalIPv6PrefixLen", prefix(first, true))
        .put("IPv6Gateway", gateway(first, true))
        .put("MacAddress", first.mac())
        .build();
  }

  /** Of a container that does not run. */
  private static Attachment notMade(Endpoint e) {
    return new Attachment(e.network(), "", Json.Obj.EMPTY, Json.Obj.EMPTY, Optional.empty());
  }

  private static Json.Obj settings(Attachment a, Container c) {
    List<String> aliases = List.of();
    for (Endpoint e : c.spec().network().endpoints()) {
      if (e.network().equals(a.network())) {
        aliases = e.aliases();
      }
    }
    return new JsonBuilder()
        .put("NetworkID", a.network())
        .put("Aliases", JsonBuilder.array(aliases))
        .put("IPAddress", address(a, false))
        .put("IPPrefixLen", prefix(a, false))
        .put("Gateway", gateway(a, false))
        .put("GlobalIPv6Address", address(a, true))
        .put("GlobalIPv6PrefixLen", prefix(a, true))
        .put("IPv6Gateway", gateway(a, true))
        .put("MacAddress", a.mac())
        .build();
  }

  private static String cidr(Attachment a, boolean ipv6) {
    for (String cidr : a.cidrs()) {
      if (cidr.indexOf(':') >= 0 == ipv6) {
        return cidr;
      }
    }
    return "";
  }

  private static String address(Attachment a, boolean ipv6) {
    String cidr = cidr(a, ipv6);
    return cidr.isEmpty() ? "" : cidr.substring(0, cidr.indexOf('/'));
  }

  private static long prefix(Attachment a, boolean ipv6) {
    String cidr = cidr(a, ipv6);
    return cidr.isEmpty() ? 0 : Long.parseLong(cidr.substring(cidr.indexOf('/') + 1));
  }

  private static String gateway(Attachment a, boolean ipv6) {
    for (String gateway : a.gateways()) {
      if (gateway.indexOf(':') >= 0 == ipv6) {
        return gateway;
      }
    }
    return "";
  }
}

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
      for (PortMapping port : a.ports()) {
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
      for (PortMapping port : a.ports()) {
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
        .put("IPAddress", address(first))
        .put("IPPrefixLen", prefix(first))
        .put("Gateway", first.gateway())
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
        .put("IPAddress", address(a))
        .put("IPPrefixLen", prefix(a))
        .put("Gateway", a.gateway())
        .put("MacAddress", a.mac())
        .build();
  }

  private static String address(Attachment a) {
    return a.addresses().isEmpty() ? "" : a.addresses().getFirst();
  }

  private static long prefix(Attachment a) {
    if (a.cidrs().isEmpty()) {
      return 0;
    }
    String cidr = a.cidrs().getFirst();
    return Long.parseLong(cidr.substring(cidr.indexOf('/') + 1));
  }
}

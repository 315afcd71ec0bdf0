package dev.phyllo.containers;

import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * What a container sees of the network, and what it is called there.
 *
 * @param mode which kind of network
 * @param hostname the host name in the container's UTS namespace; empty until it has an id, whose
 *     first twelve digits are its name if it has no other
 * @param peer the id of the container whose network it shares; empty for none
 * @param endpoints the networks it is connected to, in order
 * @param ports what is published of it
 * @param exposed {@code PORT/PROTOCOL} of what it offers, published or not
 * @param names how names are found
 */
public record NetworkSpec(
    Network mode,
    String hostname,
    String peer,
    List<Endpoint> endpoints,
    List<PortMapping> ports,
    List<String> exposed,
    NameSpec names) {

  /** Keeps copies. */
  public NetworkSpec {
    endpoints = List.copyOf(endpoints);
    ports = List.copyOf(ports);
    exposed = List.copyOf(exposed);
  }

  /** One without connections. */
  public NetworkSpec(Network mode, String hostname) {
    this(mode, hostname, "", List.of(), List.of(), List.of(), NameSpec.DEFAULT);
  }

  NetworkSpec withHostname(String name) {
    return new NetworkSpec(mode, name, peer, endpoints, ports, exposed, names);
  }

  /** The same in other networks. */
  NetworkSpec withEndpoints(List<Endpoint> others) {
    return new NetworkSpec(mode, hostname, peer, others, ports, exposed, names);
  }

  /** As docker writes it: none, host, {@code container:ID} or a network's name. */
  public String modeText() {
    return switch (mode) {
      case NONE, HOST -> mode.word();
      case CONTAINER -> "container:" + peer;
      case CONNECTED -> endpoints.isEmpty() ? "none" : endpoints.getFirst().network();
    };
  }

  static NetworkSpec fromJson(JsonObject o) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (JsonObject e : o.objects("endpoints")) {
      endpoints.add(Endpoint.fromJson(e));
    }
    List<PortMapping> ports = new ArrayList<>();
    for (JsonObject p : o.objects("ports")) {
      ports.add(PortMapping.fromJson(p));
    }
    return new NetworkSpec(
        Network.fromWord(o.requireString("mode"), o.thing()),
        o.requireString("hostname"),
        o.string("peer").orElse(""),
        endpoints,
        ports,
        o.strings("exposed"),
        o.has("names") ? NameSpec.fromJson(o.requireObject("names")) : NameSpec.DEFAULT);
  }

  Json.Obj toJson() {
    JsonBuilder b =
        new JsonBuilder()
            .put("mode", mode.word())
            .put("hostname", hostname)
            .put("names", names.toJson());
    if (!peer.isEmpty()) {
      b.put("peer", peer);
    }
    if (!endpoints.isEmpty()) {
      List<Json> rows = new ArrayList<>();
      for (Endpoint e : endpoints) {
        rows.add(e.toJson());
      }
      b.put("endpoints", new Json.Array(rows));
    }
    if (!ports.isEmpty()) {
      List<Json> rows = new ArrayList<>();
      for (PortMapping p : ports) {
        rows.add(p.toJson());
      }
      b.put("ports", new Json.Array(rows));
    }
    if (!exposed.isEmpty()) {
      b.put("exposed", JsonBuilder.array(exposed));
    }
    return b.build();
  }
}

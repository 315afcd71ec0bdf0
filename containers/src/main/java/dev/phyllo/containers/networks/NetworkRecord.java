package dev.phyllo.containers.networks;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A network, whose record is the CNI configuration list that plugins are called with; what only
 * this engine knows of it stands under {@code phyllo}, where plugins do not look.
 *
 * @param name what containers call it by
 * @param createdMillis when it was made, in milliseconds since 1970
 * @param bridge the name of its bridge on the host
 * @param subnet its addresses
 * @param gateway the bridge's own address
 * @param internal whether it leads nowhere but to its members
 * @param labels what its maker noted
 * @param conflist the configuration list
 */
public record NetworkRecord(
    String name,
    long createdMillis,
    String bridge,
    Subnet subnet,
    int gateway,
    boolean internal,
    Map<String, String> labels,
    Json.Obj conflist) {
  static final String CNI_VERSION = "1.0.0";

  /** Keeps a copy. */
  public NetworkRecord {
    labels = Map.copyOf(labels);
  }

  /** A bridge with addresses by host-local, ports by portmap and rules by firewall. */
  static NetworkRecord bridge(
      NetworkDirs dirs,
      String name,
      String bridge,
      Subnet subnet,
      int gateway,
      boolean internal,
      Map<String, String> labels) {
    long now = System.currentTimeMillis();
    Json.Obj range =
        new JsonBuilder()
            .put("subnet", subnet.toString())
            .put("gateway", Subnet.text(gateway))
            .build();
    JsonBuilder ipam =
        new JsonBuilder()
            .put("type", "host-local")
            .put("dataDir", dirs.addresses().toString())
            .put("ranges", new Json.Array(List.of(new Json.Array(List.of(range)))));
    if (!internal) {
      Json.Obj everywhere = new JsonBuilder().put("dst", "0.0.0.0/0").build();
      ipam.put("routes", new Json.Array(List.of(everywhere)));
    }
    List<Json> plugins = new ArrayList<>();
    plugins.add(
        new JsonBuilder()
            .put("type", "bridge")
            .put("bridge", bridge)
            .put("isGateway", !internal)
            .put("ipMasq", !internal)
            .put("hairpinMode", true)
            .put("ipam", ipam.build())
            .put("capabilities", capabilities("ips", "mac"))
            .build());
    if (!internal) {
      plugins.add(
          new JsonBuilder()
              .put("type", "portmap")
              .put("capabilities", capabilities("portMappings"))
              .build());
      plugins.add(
          new JsonBuilder().put("type", "firewall").put("ingressPolicy", "same-bridge").build());
    }
    Json.Obj conflist =
        new JsonBuilder()
            .put("cniVersion", CNI_VERSION)
            .put("name", name)
            .put(
                "phyllo",
                new JsonBuilder()
                    .put("created", now)
                    .put("bridge", bridge)
                    .put("subnet", subnet.toString())
                    .put("gateway", Subnet.text(gateway))
                    .put("internal", internal)
                    .putStringMap("labels", new TreeMap<>(labels))
                    .build())
            .put("plugins", new Json.Array(plugins))
            .build();
    return new NetworkRecord(name, now, bridge, subnet, gateway, internal, labels, conflist);
  }

  private static Json.Obj capabilities(String... names) {
    JsonBuilder b = new JsonBuilder();
    for (String name : names) {
      b.put(name, true);
    }
    return b.build();
  }

  static NetworkRecord fromJson(JsonObject o) {
    JsonObject own = o.requireObject("phyllo");
    return new NetworkRecord(
        o.requireString("name"),
        own.requireNumber("created"),
        own.requireString("bridge"),
        Subnet.parse(own.requireString("subnet"), o.thing()),
        Subnet.address(own.requireString("gateway"), o.thing()),
        own.bool("internal").orElse(false),
        own.stringMap("labels"),
        o.value());
  }

  /** What containers are given as their way to the host; the bridge's address. */
  public String gatewayText() {
    return Subnet.text(gateway);
  }

  /** The configuration list for who has a way out already: two default routes cannot be. */
  public Json.Obj conflistWithoutRoutes() {
    return (Json.Obj) without(conflist, "routes");
  }

  private static Json without(Json json, String field) {
    if (json instanceof Json.Array array) {
      List<Json> rows = new ArrayList<>();
      for (Json row : array.items()) {
        rows.add(without(row, field));
      }
      return new Json.Array(rows);
    }
    if (!(json instanceof Json.Obj o)) {
      return json;
    }
    JsonBuilder b = new JsonBuilder();
    for (Map.Entry<String, Json> member : o.members().entrySet()) {
      if (!member.getKey().equals(field)) {
        b.put(member.getKey(), without(member.getValue(), field));
      }
    }
    return b.build();
  }

  /** The names of the programs it needs. */
  Set<String> pluginTypes() {
    return internal
        ? Set.of("bridge", "host-local")
        : Set.of("bridge", "host-local", "portmap", "firewall");
  }
}

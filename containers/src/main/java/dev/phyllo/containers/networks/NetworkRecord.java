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
 * @param ranges its addresses, and the bridge's own
 * @param internal whether it leads nowhere but to its members
 * @param labels what its maker noted
 * @param conflist the configuration list
 */
public record NetworkRecord(
    String name,
    long createdMillis,
    String bridge,
    NetworkRanges ranges,
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
      NetworkRanges ranges,
      boolean internal,
      Map<String, String> labels) {
    long now = System.currentTimeMillis();
    List<Json> all = new ArrayList<>();
    List<Json> everywhere = new ArrayList<>();
    all.add(range(ranges.subnet().toString(), Subnet.text(ranges.gateway())));
    everywhere.add(new JsonBuilder().put("dst", "0.0.0.0/0").build());
    if (ranges.subnet6().isPresent()) {
      all.add(range(ranges.subnet6().get().toString(), ranges.gateway6()));
      everywhere.add(new JsonBuilder().put("dst", "::/0").build());
    }
    JsonBuilder ipam =
        new JsonBuilder()
            .put("type", "host-local")
            .put("dataDir", dirs.addresses().toString())
            .put("ranges", new Json.Array(all));
    if (!internal) {
      ipam.put("routes", new Json.Array(everywhere));
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
    JsonBuilder own =
        new JsonBuilder()
            .put("created", now)
            .put("bridge", bridge)
            .put("subnet", ranges.subnet().toString())
            .put("gateway", Subnet.text(ranges.gateway()));
    if (ranges.subnet6().isPresent()) {
      own.put("subnet6", ranges.subnet6().get().toString()).put("gateway6", ranges.gateway6());
    }
    own.put("internal", internal).putStringMap("labels", new TreeMap<>(labels));
    Json.Obj conflist =
        new JsonBuilder()
            .put("cniVersion", CNI_VERSION)
            .put("name", name)
            .put("phyllo", own.build())
            .put("plugins", new Json.Array(plugins))
            .build();
    return new NetworkRecord(name, now, bridge, ranges, internal, labels, conflist);
  }

  /** A set of one range, of which each container gets one address. */
  private static Json range(String subnet, String gateway) {
    Json.Obj range = new JsonBuilder().put("subnet", subnet).put("gateway", gateway).build();
    return new Json.Array(List.of(range));
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
        new NetworkRanges(
            Subnet.parse(own.requireString("subnet"), o.thing()),
            Subnet.address(own.requireString("gateway"), o.thing()),
            own.string("subnet6").map(text -> Subnet6.parse(text, o.thing())),
            own.string("gateway6").orElse("")),
        own.bool("internal").orElse(false),
        own.stringMap("labels"),
        o.value());
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

package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * A network that a container is to be connected to.
 *
 * @param network its name
 * @param address the IPv4 address to have there; empty for any
 * @param address6 the IPv6 address to have there; empty for any
 * @param mac the hardware address to have there; empty for any
 * @param aliases what else the containers of this network call it
 */
public record Endpoint(
    String network,
    Optional<String> address,
    Optional<String> address6,
    Optional<String> mac,
    List<String> aliases) {
  /** Keeps a copy. */
  public Endpoint {
    aliases = List.copyOf(aliases);
  }

  /** Any place in a network. */
  public static Endpoint named(String network) {
    return new Endpoint(network, Optional.empty(), Optional.empty(), Optional.empty(), List.of());
  }

  static Endpoint fromJson(JsonObject o) {
    return new Endpoint(
        o.requireString("network"),
        o.string("address"),
        o.string("address6"),
        o.string("mac"),
        o.strings("aliases"));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("network", network)
        .putIfPresent("address", address)
        .putIfPresent("address6", address6)
        .putIfPresent("mac", mac)
        .put("aliases", JsonBuilder.array(aliases))
        .build();
  }
}

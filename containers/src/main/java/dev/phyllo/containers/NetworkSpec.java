package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;

/**
 * What a container sees of the network, and what it is called there.
 *
 * @param mode which network
 * @param hostname the host name in the container's UTS namespace; empty until it has an id, whose
 *     first twelve digits are its name if it has no other
 */
public record NetworkSpec(Network mode, String hostname) {

  NetworkSpec withHostname(String name) {
    return new NetworkSpec(mode, name);
  }

  static NetworkSpec fromJson(JsonObject o) {
    return new NetworkSpec(Network.parse(o.requireString("mode")), o.requireString("hostname"));
  }

  Json.Obj toJson() {
    return new JsonBuilder().put("mode", mode.word()).put("hostname", hostname).build();
  }
}

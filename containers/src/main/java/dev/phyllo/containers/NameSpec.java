package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.List;

/**
 * How names are found in a container, where that differs from the host's way.
 *
 * @param domain the domain that its host name is in; empty for none
 * @param servers the name servers; empty for the host's
 * @param search the domains that short names are looked for in; empty for the host's, a single dot
 *     for none
 * @param options of resolv.conf(5); empty for the host's
 * @param hosts {@code NAME:ADDRESS} for /etc/hosts; the address may be {@code host-gateway}
 */
public record NameSpec(
    String domain,
    List<String> servers,
    List<String> search,
    List<String> options,
    List<String> hosts) {
  /** As on the host. */
  public static final NameSpec DEFAULT =
      new NameSpec("", List.of(), List.of(), List.of(), List.of());

  /** Keeps copies. */
  public NameSpec {
    servers = List.copyOf(servers);
    search = List.copyOf(search);
    options = List.copyOf(options);
    hosts = List.copyOf(hosts);
  }

  static NameSpec fromJson(JsonObject o) {
    return new NameSpec(
        o.string("domain").orElse(""),
        o.strings("servers"),
        o.strings("search"),
        o.strings("options"),
        o.strings("hosts"));
  }

  Json.Obj toJson() {
    return new JsonBuilder()
        .put("domain", domain)
        .put("servers", JsonBuilder.array(servers))
        .put("search", JsonBuilder.array(search))
        .put("options", JsonBuilder.array(options))
        .put("hosts", JsonBuilder.array(hosts))
        .build();
  }
}

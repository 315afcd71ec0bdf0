package dev.phyllo.containers.networks;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A container's connection to one network, with all that its end needs: what plugins were called
 * with, and what they answered.
 *
 * @param network the name of the network
 * @param interfaceName what it is called inside, such as {@code eth0}
 * @param conflist the configuration list as it was when it began
 * @param runtimeConfig what plugins that ask for it are told (CNI conventions)
 * @param result what the last plugin answered; empty until all have
 */
public record Attachment(
    String network,
    String interfaceName,
    Json.Obj conflist,
    Json.Obj runtimeConfig,
    Optional<Json.Obj> result) {

  /** The same, for plugins that are told this. */
  public Attachment told(Json.Obj config) {
    return new Attachment(network, interfaceName, conflist, config, result);
  }

  /** The same, made. */
  public Attachment made(Json.Obj answer) {
    return new Attachment(network, interfaceName, conflist, runtimeConfig, Optional.of(answer));
  }

  /**
   * The same, where the plugins' host is not the host itself.
   *
   * @param servers who is asked for names
   */
  public Attachment beyond(List<String> servers) {
    JsonBuilder b = new JsonBuilder();
    result.orElse(Json.Obj.EMPTY).members().forEach(b::put);
    String host = internal() ? "" : HostRoutes.addressBeside(cidrs());
    return made(
        b.put("dns", new JsonBuilder().put("nameservers", JsonBuilder.array(servers)).build())
            .put("phyllo", new JsonBuilder().put("host", host).build())
            .build());
  }

  /** The addresses it has, without their prefix. */
  public List<String> addresses() {
    List<String> addresses = new ArrayList<>();
    for (String cidr : cidrs()) {
      addresses.add(cidr.substring(0, cidr.indexOf('/')));
    }
    return addresses;
  }

  /** The addresses it has, as {@code 10.88.0.2/16}. */
  public List<String> cidrs() {
    List<String> cidrs = new ArrayList<>();
    if (result.isPresent()) {
      for (JsonObject ip : answer().objects("ips")) {
        String cidr = ip.string("address").orElse("");
        if (cidr.indexOf('/') > 0 && isAddress(cidr)) {
          cidrs.add(cidr);
        }
      }
    }
    return cidrs;
  }

  /** Whether the network leads nowhere but to its members. */
  public boolean internal() {
    JsonObject list = new JsonObject(conflist, network);
    return list.has("phyllo") && list.requireObject("phyllo").bool("internal").orElse(false);
  }

  /** The address that leads out of it; empty if none does. */
  public String gateway() {
    List<String> gateways = gateways();
    return gateways.isEmpty() ? "" : gateways.getFirst();
  }

  /** The addresses that lead out of it, one for each kind of address. */
  public List<String> gateways() {
    List<String> gateways = new ArrayList<>();
    if (result.isPresent() && !internal()) {
      for (JsonObject ip : answer().objects("ips")) {
        String gateway = ip.string("gateway").orElse("");
        if (!gateway.isEmpty() && isAddress(gateway)) {
          gateways.add(gateway);
        }
      }
    }
    return gateways;
  }

  /** The servers of names that came with it; none if the host's are to be asked. */
  public List<String> nameServers() {
    List<String> servers = new ArrayList<>();
    if (result.isPresent() && answer().has("dns")) {
      for (String server : answer().requireObject("dns").strings("nameservers")) {
        if (isAddress(server)) {
          servers.add(server);
        }
      }
    }
    return servers;
  }

  /** Where the host is, seen from inside; empty if nowhere. */
  public String host() {
    if (result.isPresent() && answer().has("phyllo")) {
      return answer().requireObject("phyllo").string("host").orElse("");
    }
    return gateway();
  }

  /** The hardware address inside; empty if it has none. */
  public String mac() {
    if (result.isPresent()) {
      for (JsonObject i : answer().objects("interfaces")) {
        if (!i.string("sandbox").orElse("").isEmpty()) {
          return i.string("mac").orElse("");
        }
      }
    }
    return "";
  }

  /** Its published ports. */
  public List<PortMapping> ports() {
    List<PortMapping> ports = new ArrayList<>();
    for (JsonObject o : new JsonObject(runtimeConfig, network).objects("portMappings")) {
      ports.add(PortMapping.fromJson(o));
    }
    return ports;
  }

  /** The same as they are reached: at all addresses of the host, also of IPv6 if it has such. */
  public List<PortMapping> published() {
    List<PortMapping> all = new ArrayList<>();
    for (PortMapping port : ports()) {
      all.add(port);
      if (port.hostIp().isEmpty() && hasIpv6()) {
        all.add(port.at("::"));
      }
    }
    return all;
  }

  private boolean hasIpv6() {
    for (String cidr : cidrs()) {
      if (cidr.indexOf(':') >= 0) {
        return true;
      }
    }
    return false;
  }

  private JsonObject answer() {
    return new JsonObject(result.orElse(Json.Obj.EMPTY), "the answer of " + network);
  }

  /** What goes into files like /etc/hosts has to be what it says it is. */
  private static boolean isAddress(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain =
          c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c == '.' || c == ':' || c == '/';
      if (!plain) {
        return false;
      }
    }
    return text.length() < 64;
  }

  static Attachment fromJson(JsonObject o) {
    return new Attachment(
        o.requireString("network"),
        o.requireString("interface"),
        o.requireObject("conflist").value(),
        o.requireObject("runtimeConfig").value(),
        o.object("result").map(JsonObject::value));
  }

  Json.Obj toJson() {
    JsonBuilder b =
        new JsonBuilder()
            .put("network", network)
            .put("interface", interfaceName)
            .put("conflist", conflist)
            .put("runtimeConfig", runtimeConfig);
    if (result.isPresent()) {
      b.put("result", result.get());
    }
    return b.build();
  }
}

package dev.phyllo.cli;

import dev.phyllo.engine.DefaultNetwork;
import dev.phyllo.engine.NetworkRequest;

/** The options of {@code run} and {@code create} that connect a container. */
final class NetworkOptions {
  private NetworkOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .value("h", "hostname", "NAME", "The host name inside")
        .value(null, "domainname", "NAME", "The domain of the host name")
        .value(
            null,
            "network",
            "NETWORK",
            "none, host, container:NAME, networks by name; bridge, for users pasta or slirp4netns")
        .value(null, "net", "NETWORK", "The same as --network")
        .value("p", "publish", "[IP:][HOST:]PORT", "Reach a port inside through one of the host")
        .flag("P", "publish-all", "The same for all exposed ports, at ports that are chosen")
        .value(null, "expose", "PORT[/PROTO]", "Note that a port is offered")
        .value(null, "network-alias", "NAME", "Another name on its networks")
        .value(null, "ip", "ADDRESS", "The IPv4 address to have")
        .value(null, "ip6", "ADDRESS", "The IPv6 address to have")
        .value(null, "mac-address", "ADDRESS", "The hardware address to have")
        .value(null, "add-host", "NAME:ADDRESS", "A line for /etc/hosts; host-gateway is the host")
        .value(null, "dns", "ADDRESS", "A name server instead of the host's")
        .value(null, "dns-search", "DOMAIN", "Where short names are looked for; . for nowhere")
        .value(null, "dns-option", "OPTION", "An option of resolv.conf");
  }

  static void apply(Arguments arguments, NetworkRequest request, Session session) {
    for (String network : arguments.values("network")) {
      request.network(network);
    }
    arguments.values("net").forEach(request::network);
    if (!request.isNamed()) {
      request.network(DefaultNetwork.of(session.root(), session::notice));
    }
    arguments.value("hostname").ifPresent(request::hostname);
    arguments.value("domainname").ifPresent(request::domain);
    arguments.value("ip").ifPresent(request::address);
    arguments.value("ip6").ifPresent(request::address6);
    arguments.value("mac-address").ifPresent(request::mac);
    request.publishAll(arguments.has("publish-all"));
    arguments.values("publish").forEach(request::publish);
    arguments.values("expose").forEach(request::expose);
    arguments.values("network-alias").forEach(request::alias);
    arguments.values("add-host").forEach(request::host);
    arguments.values("dns").forEach(request::nameServer);
    arguments.values("dns-search").forEach(request::searchDomain);
    arguments.values("dns-option").forEach(request::resolverOption);
  }
}

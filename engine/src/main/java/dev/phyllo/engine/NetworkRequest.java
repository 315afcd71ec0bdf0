package dev.phyllo.engine;

import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Endpoint;
import dev.phyllo.containers.NameSpec;
import dev.phyllo.containers.Network;
import dev.phyllo.containers.NetworkSpec;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.containers.networks.Subnet;
import dev.phyllo.containers.networks.Subnet6;
import dev.phyllo.containers.networks.UserMode;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the caller of {@code run} wants a container to see of the network. */
public final class NetworkRequest {
  /** More than any image offers. */
  private static final int MAX_EXPOSED = 1024;

  private final List<String> networks = new ArrayList<>();
  private final List<String> aliases = new ArrayList<>();
  private final List<PortMapping> ports = new ArrayList<>();
  private final List<String> exposed = new ArrayList<>();
  private final List<String> servers = new ArrayList<>();
  private final List<String> search = new ArrayList<>();
  private final List<String> options = new ArrayList<>();
  private final List<String> hosts = new ArrayList<>();
  private Optional<String> address = Optional.empty();
  private Optional<String> address6 = Optional.empty();
  private Optional<String> mac = Optional.empty();
  private boolean publishAll;
  private String hostname = "";
  private String domain = "";
  private String peer = "";

  NetworkRequest() {}

  /**
   * Which network: {@code none}, {@code host}, {@code container:NAME}, {@code pasta}, {@code
   * slirp4netns}, or the name of a network; only the last can be given more than once. None is
   * given for {@code none}.
   */
  public NetworkRequest network(String word) {
    networks.add(word.equals("default") ? NetworkStore.DEFAULT : word);
    return this;
  }

  /**
   * A container's place in a network, checked as the words of {@code run} are.
   *
   * @param address the IPv4 address to have there; empty for any
   * @param address6 the IPv6 address; empty for any
   * @param aliases what else the containers of this network call it
   */
  public static Endpoint endpoint(
      String network, Optional<String> address, Optional<String> address6, List<String> aliases) {
    NetworkRequest request = new NetworkRequest();
    request.network(network);
    address.ifPresent(request::address);
    address6.ifPresent(request::address6);
    aliases.forEach(request::alias);
    if (request.mode() != Network.CONNECTED || UserMode.of(network).isPresent()) {
      throw new UsageException(
          "network " + network,
          "a container can have it from its start only",
          "run or create it with --network " + network);
    }
    return request.spec(List.of()).endpoints().getFirst();
  }

  /** Whether a network was named. */
  public boolean isNamed() {
    return !networks.isEmpty();
  }

  /** The host name inside. */
  public NetworkRequest hostname(String name) {
    hostname = checked("--hostname", name);
    return this;
  }

  /** The domain of the host name. */
  public NetworkRequest domain(String name) {
    domain = checked("--domainname", name);
    return this;
  }

  /** Publishes ports: {@code [IP:][HOST:]CONTAINER[/PROTOCOL]}, also as ranges. */
  public NetworkRequest publish(String text) {
    ports.addAll(PortMapping.parse(text));
    return this;
  }

  /** Publishes every exposed port at one that is chosen. */
  public NetworkRequest publishAll(boolean yes) {
    publishAll = yes;
    return this;
  }

  /** Notes that a port is offered: {@code PORT[-LAST][/PROTOCOL]}. */
  public NetworkRequest expose(String text) {
    exposed.addAll(PortMapping.exposed(text, "--expose " + text));
    return this;
  }

  /** Another name that containers of the same network know it by. */
  public NetworkRequest alias(String name) {
    aliases.add(checked("--network-alias", name));
    return this;
  }

  /** The IPv4 address to have in the first network. */
  public NetworkRequest address(String text) {
    Subnet.address(text, "--ip " + text);
    address = Optional.of(text);
    return this;
  }

  /** The IPv6 address to have in the first network. */
  public NetworkRequest address6(String text) {
    Subnet6.address(text, "--ip6 " + text);
    address6 = Optional.of(text);
    return this;
  }

  /** The hardware address to have in the first network. */
  public NetworkRequest mac(String text) {
    boolean valid = text.length() == 17;
    for (int i = 0; i < text.length() && valid; i++) {
      char c = text.charAt(i);
      valid = i % 3 == 2 ? c == ':' : Character.digit(c, 16) >= 0 && c < 128;
    }
    if (!valid) {
      throw new UsageException(
          "--mac-address " + text, "not a hardware address", "write 02:42:ac:11:00:02");
    }
    mac = Optional.of(text);
    return this;
  }

  /** A name server instead of the host's. */
  public NetworkRequest nameServer(String server) {
    servers.add(checked("--dns", server));
    return this;
  }

  /** A domain that short names are looked for in; a dot alone for none. */
  public NetworkRequest searchDomain(String name) {
    search.add(checked("--dns-search", name));
    return this;
  }

  /** An option of resolv.conf(5). */
  public NetworkRequest resolverOption(String option) {
    options.add(checked("--dns-option", option));
    return this;
  }

  /** A line for /etc/hosts: {@code NAME:ADDRESS} or {@code NAME=ADDRESS}. */
  public NetworkRequest host(String text) {
    int colon = text.indexOf('=');
    colon = colon < 0 ? text.indexOf(':') : colon;
    if (colon <= 0 || colon == text.length() - 1) {
      throw new UsageException("--add-host " + text, "not NAME:ADDRESS", "write NAME:10.0.0.1");
    }
    checked("--add-host", text);
    hosts.add(text.substring(0, colon) + ":" + text.substring(colon + 1));
    return this;
  }

  /** What goes into files of lines has no lines of its own, nor blanks. */
  private static String checked(String option, String text) {
    boolean valid = !text.isEmpty() && text.length() <= 255;
    for (int i = 0; i < text.length(); i++) {
      valid &= text.charAt(i) > ' ' && text.charAt(i) < 127;
    }
    if (!valid) {
      throw new UsageException(
          option + " \"" + text + "\"", "empty, too long, or not plain letters", "correct it");
    }
    return text;
  }

  /** The host name is the host's own. */
  void hostnameOfHost(String name) {
    if (!hostname.isEmpty() && !hostname.equals(name)) {
      throw new UsageException(
          "--hostname " + hostname, "with --uts host it is the host's", "leave one of them out");
    }
    hostname = name;
  }

  /** Looks whose network is to be shared. */
  void resolve(Containers containers) {
    String prefix = "container:";
    for (String word : networks) {
      if (word.startsWith(prefix)) {
        peer = containers.require(word.substring(prefix.length())).id();
      }
    }
  }

  NetworkSpec spec(List<String> ofImage) {
    Network mode = mode();
    List<Endpoint> endpoints = new ArrayList<>();
    if (mode == Network.CONNECTED && UserMode.of(networks.getFirst()).isPresent()) {
      refuse(address.isPresent(), "--ip", networks.getFirst());
      refuse(address6.isPresent(), "--ip6", networks.getFirst());
      refuse(!aliases.isEmpty(), "--network-alias", networks.getFirst());
    }
    if (mode == Network.CONNECTED) {
      for (String name : networks) {
        boolean first = endpoints.isEmpty();
        endpoints.add(
            new Endpoint(
                name,
                first ? address : Optional.empty(),
                first ? address6 : Optional.empty(),
                first ? mac : Optional.empty(),
                aliases));
      }
    } else {
      refuse(address.isPresent(), "--ip", mode.word());
      refuse(address6.isPresent(), "--ip6", mode.word());
      refuse(mac.isPresent(), "--mac-address", mode.word());
      refuse(!aliases.isEmpty(), "--network-alias", mode.word());
      refuse(mode != Network.HOST && !ports.isEmpty(), "-p", mode.word());
    }
    Set<String> offered = new LinkedHashSet<>(exposed);
    for (String text : ofImage) {
      try {
        offered.addAll(PortMapping.exposed(text, text));
      } catch (UsageException _) {
        // The image's own words; nothing depends on them.
      }
      if (offered.size() > MAX_EXPOSED) {
        break;
      }
    }
    List<PortMapping> published = new ArrayList<>();
    if (mode == Network.CONNECTED) {
      published.addAll(ports);
      for (PortMapping port : ports) {
        offered.add(port.inside());
      }
      if (publishAll) {
        for (String each : offered) {
          if (!isPublished(each)) {
            published.addAll(PortMapping.parse(each));
          }
        }
      }
    }
    return new NetworkSpec(
        mode,
        hostname,
        peer,
        endpoints,
        published,
        List.copyOf(offered),
        new NameSpec(domain, servers, search, options, hosts));
  }

  private boolean isPublished(String inside) {
    for (PortMapping port : ports) {
      if (port.inside().equals(inside)) {
        return true;
      }
    }
    return false;
  }

  private Network mode() {
    if (networks.isEmpty()) {
      return Network.NONE;
    }
    String first = networks.getFirst();
    Network mode =
        switch (first) {
          case "none" -> Network.NONE;
          case "host" -> Network.HOST;
          default -> first.startsWith("container:") ? Network.CONTAINER : Network.CONNECTED;
        };
    for (String other : networks.subList(1, networks.size())) {
      if (mode != Network.CONNECTED
          || UserMode.of(first).isPresent()
          || UserMode.of(other).isPresent()
          || other.equals("none")
          || other.equals("host")
          || other.startsWith("container:")) {
        throw new UsageException(
            "--network " + other,
            "cannot be had together with --network " + first,
            "several networks have to be of the engine's own: phyllo network ls");
      }
    }
    return mode;
  }

  private static void refuse(boolean given, String option, String network) {
    if (given) {
      throw new UsageException(
          option,
          "not to be had with --network " + network,
          "add --network bridge or the name of a network");
    }
  }
}

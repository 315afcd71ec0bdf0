package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.networks.CniPlugins;
import dev.phyllo.containers.networks.CniRuntime;
import dev.phyllo.containers.networks.Members;
import dev.phyllo.containers.networks.NetworkRecord;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.containers.networks.UserBridges;
import dev.phyllo.linux.NamespaceInterface;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.Json;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A container's connection to a network of plugins: made when the container starts, or while it
 * runs. What is about to be done is written down before it is done.
 *
 * <p>Of several networks, the first that leads anywhere has the default route and the published
 * ports; when the container leaves it, the next one gets them.
 */
final class BridgeConnection {
  private BridgeConnection() {}

  /** Connects a container's namespace to one more network. */
  static Attachment make(Container c, Path directory, Endpoint endpoint, StepListener steps) {
    NetworkStore networks = new NetworkStore(NetworkHolding.root(directory));
    NetworkRecord network = networks.require(endpoint.network());
    UserBridges user = UserBridges.areNeeded() ? new UserBridges(networks, steps) : null;
    if (user != null) {
      user.requireHere();
    }
    CniPlugins plugins = CniPlugins.ofEnvironment();
    plugins.require(network);
    List<Attachment> attachments = new ArrayList<>(Attachments.read(directory));
    boolean leadsOut = !network.internal();
    for (Attachment other : attachments) {
      leadsOut &= !leadsOut(other);
    }
    Attachment a =
        new Attachment(
            network.name(),
            interfaceName(attachments),
            leadsOut ? network.conflist() : network.conflistWithoutRoutes(),
            Json.Obj.EMPTY,
            Optional.empty());
    attachments.add(a);
    Attachments.write(directory, attachments);
    Members members = new Members(networks);
    List<String> names = NetworkHolding.names(c, endpoint);
    Path hosts = directory.resolve("hosts");
    List<PortMapping> wanted = leadsOut ? c.spec().network().ports() : List.of();
    for (PortMapping port : wanted) {
      requireReachable(port, network, user != null);
    }
    List<PortMapping> ports = members.take(network.name(), c.id(), wanted, names, hosts);
    Attachment told = a.told(NetworkHolding.told(endpoint, ports));
    attachments.set(attachments.size() - 1, told);
    Attachments.write(directory, attachments);
    String namespace = Attachments.namespace(directory).toString();
    Attachment made;
    if (user == null) {
      made = told.made(new CniRuntime(plugins, steps).add(told, c.id(), namespace));
    } else {
      user.make();
      CniRuntime runtime = new CniRuntime(plugins, user.namespace(), steps);
      made = told.made(runtime.add(told, c.id(), namespace)).beyond(UserBridges.nameServers());
      user.open(ports);
    }
    attachments.set(attachments.size() - 1, made);
    Attachments.write(directory, attachments);
    members.join(network.name(), new Members.Member(c.id(), made.addresses(), names, ports, hosts));
    return made;
  }

  private static void requireReachable(PortMapping port, NetworkRecord network, boolean ofUser) {
    if (ofUser && (port.hostIp().indexOf(':') >= 0 || port.protocol().equals("sctp"))) {
      throw new UnsupportedException(
          "-p " + port.outside() + ":" + port.inside(),
          "an ordinary user's bridges get tcp and udp over IPv4 from outside",
          "use --network pasta, or leave it out");
    }
    if (port.hostIp().equals("::1")) {
      throw new UnsupportedException(
          "-p " + port.outside(),
          "the kernel passes nothing on from the loopback address of IPv6",
          "publish at 127.0.0.1, or at another address of this machine");
    }
    if (port.hostIp().indexOf(':') >= 0 && network.ranges().subnet6().isEmpty()) {
      throw new UnsupportedException(
          "-p " + port.outside(),
          "network " + network.name() + " has no IPv6 addresses",
          "use one made with --ipv6");
    }
  }

  private static String interfaceName(List<Attachment> attachments) {
    int number = 0;
    for (Attachment a : attachments) {
      if (a.interfaceName().startsWith("eth")) {
        number = Math.max(number, Integer.parseInt(a.interfaceName().substring(3)) + 1);
      }
    }
    return "eth" + number;
  }

  /** Whether it leads to more than its members. */
  private static boolean leadsOut(Attachment a) {
    return !a.internal();
  }

  /**
   * Ends the connection of a container that goes on.
   *
   * @param rest what it is connected to besides
   */
  static void end(
      Container c, Path directory, Attachment a, List<Attachment> rest, StepListener steps) {
    NetworkHolding.disconnect(c.id(), directory, a);
    Attachments.write(directory, rest);
    if (!leadsOut(a)) {
      return;
    }
    List<Attachment> now = new ArrayList<>(rest);
    for (int i = 0; i < now.size(); i++) {
      Attachment next = now.get(i);
      if (leadsOut(next)) {
        Path namespace = Attachments.namespace(directory);
        for (String gateway : next.gateways()) {
          NamespaceInterface.leadOut(namespace, next.interfaceName(), gateway);
        }
        if (!a.ports().isEmpty()) {
          now.set(i, publish(c, directory, next, a, steps));
          Attachments.write(directory, now);
        }
        return;
      }
    }
  }

  /** The ports of one connection become another's, at the same ports of the host. */
  private static Attachment publish(
      Container c, Path directory, Attachment next, Attachment before, StepListener steps) {
    Members members = new Members(new NetworkStore(NetworkHolding.root(directory)));
    Endpoint endpoint = Endpoint.named(next.network());
    for (Endpoint each : c.spec().network().endpoints()) {
      endpoint = each.network().equals(next.network()) ? each : endpoint;
    }
    List<String> names = NetworkHolding.names(c, endpoint);
    Path hosts = directory.resolve("hosts");
    List<PortMapping> ports = members.take(next.network(), c.id(), before.ports(), names, hosts);
    members.join(next.network(), new Members.Member(c.id(), next.addresses(), names, ports, hosts));
    Attachment told = next.told(NetworkHolding.told(endpoint, ports));
    String namespace = Attachments.namespace(directory).toString();
    CniPlugins plugins = CniPlugins.ofEnvironment();
    if (UserBridges.areNeeded()) {
      UserBridges user = new UserBridges(members.networks(), steps);
      new CniRuntime(plugins, user.namespace(), steps).publish(told, c.id(), namespace);
      user.open(ports);
    } else {
      new CniRuntime(plugins, steps).publish(told, c.id(), namespace);
    }
    return told;
  }
}

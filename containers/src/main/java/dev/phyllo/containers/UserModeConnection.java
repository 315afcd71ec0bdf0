package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.networks.Members;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.containers.networks.UserMode;
import dev.phyllo.containers.networks.UserModeNetwork;
import dev.phyllo.oci.json.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A container's connection by pasta or slirp4netns. As with plugins, what is about to be done is
 * written down before it is done.
 */
final class UserModeConnection {
  private UserModeConnection() {}

  /**
   * Makes it.
   *
   * @param tied whether it ends with the thread that calls this
   */
  static void make(Starting start, Endpoint endpoint, UserMode mode, boolean tied) {
    Container c = start.container();
    Path directory = start.directory();
    String network = mode.word();
    Attachment a =
        new Attachment(network, "eth0", Json.Obj.EMPTY, Json.Obj.EMPTY, Optional.empty());
    Attachments.write(directory, List.of(a));
    Members members = new Members(new NetworkStore(NetworkHolding.root(directory)));
    List<String> names = NetworkHolding.names(c, endpoint);
    Path hosts = directory.resolve("hosts");
    List<PortMapping> ports =
        members.take(network, c.id(), c.spec().network().ports(), names, hosts);
    Attachment told =
        new Attachment(
            network,
            a.interfaceName(),
            a.conflist(),
            NetworkHolding.told(endpoint, ports),
            Optional.empty());
    Attachments.write(directory, List.of(told));
    Attachment made =
        told.made(
            new UserModeNetwork(mode, directory, tied, start.steps())
                .start(told, endpoint.mac().orElse("")));
    Attachments.write(directory, List.of(made));
    members.join(network, new Members.Member(c.id(), made.addresses(), names, ports, hosts));
  }
}

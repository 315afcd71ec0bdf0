package dev.phyllo.cli;

import dev.phyllo.containers.Connections;
import dev.phyllo.containers.Container;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Endpoint;
import dev.phyllo.engine.NetworkRequest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UsageException;
import java.util.List;

/** {@code network connect} and {@code network disconnect}. */
final class NetworkConnections {
  private NetworkConnections() {}

  static void run(Arguments arguments, Session session) {
    List<String> words = arguments.words();
    String command = words.getFirst();
    if (words.size() != 3) {
      throw new UsageException(
          "network " + command,
          "needs a network and a container",
          "phyllo network " + command + " NETWORK CONTAINER");
    }
    Containers containers = session.engine().containers();
    Connections connections = containers.connections();
    if (command.equals("connect")) {
      Endpoint endpoint =
          NetworkRequest.endpoint(
              words.get(1),
              arguments.value("ip"),
              arguments.value("ip6"),
              arguments.values("alias"));
      connections.connect(containers.require(words.get(2)), endpoint);
      return;
    }
    try {
      Container c = containers.require(words.get(2));
      connections.disconnect(c, words.get(1));
    } catch (NotFoundException e) {
      if (!arguments.has("force")) {
        throw e;
      }
    }
  }
}

package dev.phyllo.cli;

import dev.phyllo.containers.Network;
import dev.phyllo.engine.NetworkRequest;
import java.util.Optional;

/** The options of {@code run} and {@code create} that connect a container. */
final class NetworkOptions {
  private NetworkOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .value(null, "hostname", "NAME", "The host name inside")
        .value(null, "network", "none|host", "What it sees of the network (default none)");
  }

  static void apply(Arguments arguments, NetworkRequest request) {
    Optional<String> network = arguments.value("network");
    if (network.isPresent()) {
      request.mode(Network.parse(network.get()));
    }
    Optional<String> hostname = arguments.value("hostname");
    if (hostname.isPresent()) {
      request.hostname(hostname.get());
    }
  }
}

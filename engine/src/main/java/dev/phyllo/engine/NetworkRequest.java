package dev.phyllo.engine;

import dev.phyllo.containers.Network;
import dev.phyllo.containers.NetworkSpec;

/** What the caller of {@code run} wants a container to see of the network. */
public final class NetworkRequest {
  private Network mode = Network.NONE;
  private String hostname = "";

  NetworkRequest() {}

  /** Which network. */
  public NetworkRequest mode(Network network) {
    mode = network;
    return this;
  }

  /** The host name inside. */
  public NetworkRequest hostname(String name) {
    hostname = name;
    return this;
  }

  NetworkSpec spec() {
    return new NetworkSpec(mode, hostname);
  }
}

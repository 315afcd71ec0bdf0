package dev.phyllo.containers.networks;

import java.nio.file.Path;

/**
 * Where networks are kept: they are the machine's, so all namespaces of a root share them.
 *
 * @param base the directory of all of it
 */
public record NetworkDirs(Path base) {
  /** Those of a store's root. */
  public static NetworkDirs of(Path root) {
    return new NetworkDirs(root.toAbsolutePath().normalize().resolve("networks"));
  }

  /** The record of a network, which is a CNI configuration list. */
  Path conflist(String name) {
    return base.resolve(name + ".conflist");
  }

  /** Where the plugin host-local notes which address is whose. */
  Path addresses() {
    return base.resolve("addresses");
  }

  /** Which containers are in a network, a file each. */
  Path members(String network) {
    return base.resolve("members").resolve(network);
  }

  /** Held while networks or their members change. */
  Path lock() {
    return base.resolve("lock");
  }
}

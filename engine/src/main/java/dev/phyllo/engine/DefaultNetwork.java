package dev.phyllo.engine;

import dev.phyllo.containers.Networks;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.UserMode;
import dev.phyllo.linux.Ids;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.UnsupportedException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The network of a container whose maker names none: what {@code PHYLLO_NETWORK} says, else for
 * root the network {@code bridge} if it can be had here, for other users pasta or slirp4netns if
 * one is installed, else none.
 */
public final class DefaultNetwork {
  private static final String NONE = "none";

  private DefaultNetwork() {}

  /**
   * The word of {@code --network} that stands for it.
   *
   * @param root the store's root
   * @param notice hears why it is none, if plugins are there and all the same it is
   */
  public static String of(Path root, Consumer<String> notice) {
    String wanted = System.getenv("PHYLLO_NETWORK");
    if (wanted != null && !wanted.isEmpty()) {
      return wanted;
    }
    if (UserNamespace.current().isNested()) {
      return ofUser(notice);
    }
    if (!Ids.isRoot() || !Networks.arePluginsInstalled()) {
      return NONE;
    }
    Optional<String> obstacle = Networks.obstacle(root);
    if (obstacle.isPresent()) {
      notice.accept("containers get no network by default: " + obstacle.get());
      return NONE;
    }
    return NetworkStore.DEFAULT;
  }

  private static String ofUser(Consumer<String> notice) {
    try {
      return UserMode.preferred().word();
    } catch (UnsupportedException e) {
      notice.accept("containers get no network: " + e.getMessage());
      return NONE;
    }
  }
}

package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.networks.CniPlugins;
import dev.phyllo.containers.networks.CniRuntime;
import dev.phyllo.containers.networks.Members;
import dev.phyllo.containers.networks.NetworkRanges;
import dev.phyllo.containers.networks.NetworkRecord;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.UserBridges;
import dev.phyllo.linux.NetworkNamespace;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.json.Json;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The networks of a root, which all its namespaces share, and who is in them. */
public final class Networks {
  private static final String PROBE = "probe";

  private final NetworkStore store;
  private final Members members;

  /** The networks of a store's root. */
  public Networks(Path root) {
    store = new NetworkStore(root);
    members = new Members(store);
  }

  /** Whether the plugins and programs for networks of bridges are installed. */
  public static boolean arePluginsInstalled() {
    return CniPlugins.ofEnvironment().lack().isEmpty();
  }

  /**
   * Why a container cannot be connected to the network {@code bridge} here: tried once for each
   * start of the machine, on a namespace that is made for it. Empty if it can.
   */
  public static Optional<String> obstacle(Path root) {
    Path file = root.resolve("networks").resolve(PROBE);
    String boot = read(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    String known = read(file);
    if (!boot.isEmpty() && known.startsWith(boot)) {
      String why = known.substring(boot.length()).strip();
      return why.isEmpty() ? Optional.empty() : Optional.of(why);
    }
    DurableFiles.createDirectories(root.resolve("networks"));
    Optional<String> why = tried(root);
    byte[] text = (boot + "\n" + why.orElse("") + "\n").getBytes(StandardCharsets.UTF_8);
    DurableFiles.replace(file, text, false);
    return why;
  }

  private static Optional<String> tried(Path root) {
    String id = ContainerNames.newId();
    Path namespace = root.resolve("networks").resolve("probe-" + id.substring(0, 12));
    try {
      NetworkRecord network = new NetworkStore(root).require(NetworkStore.DEFAULT);
      CniRuntime runtime = new CniRuntime(CniPlugins.ofEnvironment(), StepListener.NONE);
      Attachment a =
          new Attachment(
              network.name(), "eth0", network.conflist(), Json.Obj.EMPTY, Optional.empty());
      try {
        NetworkNamespace.create(namespace, StepListener.NONE);
        runtime.add(a, id, namespace.toString());
      } finally {
        runtime.delete(a, id, namespace.toString());
        NetworkNamespace.remove(namespace);
      }
      return Optional.empty();
    } catch (PhylloException e) {
      return Optional.of(e.thing() + ": " + e.why());
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException _) {
      return "";
    }
  }

  /**
   * Makes a network.
   *
   * @param wanted its addresses
   * @param internal whether it leads nowhere but to its members
   */
  public NetworkRecord create(
      String name, NetworkRanges.Wanted wanted, boolean internal, Map<String, String> labels) {
    NetworkRecord network = store.create(name, wanted, internal, labels);
    try {
      CniPlugins.ofEnvironment().require(network);
    } catch (PhylloException e) {
      store.remove(name);
      throw e;
    }
    return network;
  }

  /** Every network that has been made, by name. */
  public List<NetworkRecord> list() {
    return store.list();
  }

  /**
   * The network of that name.
   *
   * @throws dev.phyllo.oci.NotFoundException if there is none
   */
  public NetworkRecord require(String name) {
    return store.require(name);
  }

  /** The containers that are in a network. */
  public List<Members.Member> members(String network) {
    return members.of(network);
  }

  /**
   * Removes a network and its bridge.
   *
   * @throws dev.phyllo.oci.ConflictException if containers are in it
   */
  public void remove(String name) {
    store.remove(name);
  }

  /** Removes the networks that no container is in, and returns their names. */
  public List<String> prune() {
    List<String> removed = new ArrayList<>();
    for (NetworkRecord network : store.list()) {
      if (!network.name().equals(NetworkStore.DEFAULT) && members.of(network.name()).isEmpty()) {
        store.remove(network.name());
        removed.add(network.name());
      }
    }
    return removed;
  }

  /**
   * A process that is where an ordinary user's networks are; null if there is none. The caller
   * closes it.
   */
  public static @Nullable Pidfd holder(Path root) {
    return UserBridges.holder(root);
  }

  /** What a container that runs is connected to, by its directory. */
  public static List<Attachment> attachments(Path container) {
    return Attachments.read(container);
  }
}

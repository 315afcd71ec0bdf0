package dev.phyllo.containers.networks;

import dev.phyllo.linux.NetworkNamespace;
import dev.phyllo.linux.OfdLock;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The networks of a root: a CNI configuration list each. The network {@code bridge} is there
 * without being made; its record comes with its first use.
 */
public final class NetworkStore {
  /** The network that containers get if they name none. */
  public static final String DEFAULT = "bridge";

  private static final String SUFFIX = ".conflist";
  private static final String INTERFACE = "phyllo";
  private static final Set<String> TAKEN =
      Set.of("none", "host", "container", "default", "pasta", "slirp4netns", "private");

  private final NetworkDirs dirs;

  /** The networks of a store's root. */
  public NetworkStore(Path root) {
    this.dirs = NetworkDirs.of(root);
  }

  NetworkDirs dirs() {
    return dirs;
  }

  /** Keeps everybody else from changing networks and their members until it is closed. */
  OfdLock lock() {
    DurableFiles.createDirectories(dirs.base());
    OfdLock lock = OfdLock.lock(dirs.lock(), true, true);
    if (lock == null) {
      throw new IllegalStateException("waited for " + dirs.lock() + " in vain");
    }
    return lock;
  }

  /** Every network that has been made, by name. */
  public List<NetworkRecord> list() {
    List<NetworkRecord> all = new ArrayList<>();
    for (String file : DurableFiles.names(dirs.base())) {
      if (file.endsWith(SUFFIX) && !file.startsWith(".")) {
        NetworkRecord network = read(file.substring(0, file.length() - SUFFIX.length()));
        if (network != null) {
          all.add(network);
        }
      }
    }
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all;
  }

  /** The network of that name. */
  public Optional<NetworkRecord> find(String name) {
    return isName(name) ? Optional.ofNullable(read(name)) : Optional.empty();
  }

  /**
   * The network of that name; {@code bridge} is made if it is not there yet.
   *
   * @throws NotFoundException if there is none
   */
  public NetworkRecord require(String name) {
    Optional<NetworkRecord> found = find(name);
    if (found.isPresent()) {
      return found.get();
    }
    if (name.equals(DEFAULT)) {
      try (OfdLock _ = lock()) {
        NetworkRecord made = read(name);
        return made != null ? made : make(name, NetworkRanges.Wanted.ANY, false, Map.of());
      }
    }
    throw new NotFoundException(
        "network " + name, "no such network", "phyllo network ls lists them");
  }

  /**
   * Makes a network. Its bridge comes with its first container.
   *
   * @param wanted its addresses
   * @param internal whether it leads nowhere but to its members
   */
  public NetworkRecord create(
      String name, NetworkRanges.Wanted wanted, boolean internal, Map<String, String> labels) {
    if (!isName(name) || TAKEN.contains(name)) {
      throw new UsageException(
          "network " + name,
          TAKEN.contains(name) ? "the name has a meaning of its own" : "not a name for a network",
          "use 2 to 64 letters, digits, '_', '.' and '-', a letter or digit first");
    }
    try (OfdLock _ = lock()) {
      if (name.equals(DEFAULT) || read(name) != null) {
        throw new ConflictException(
            "network " + name, "there is a network of that name", "choose another name");
      }
      return make(name, wanted, internal, labels);
    }
  }

  private NetworkRecord make(
      String name, NetworkRanges.Wanted wanted, boolean internal, Map<String, String> labels) {
    List<NetworkRecord> others = list();
    Set<String> interfaces = HostRoutes.interfaces();
    for (NetworkRecord other : others) {
      interfaces.add(other.bridge());
    }
    NetworkRanges ranges = FreeRanges.of(name, wanted, others);
    int number = 0;
    while (interfaces.contains(INTERFACE + number)) {
      number++;
    }
    NetworkRecord network =
        NetworkRecord.bridge(dirs, name, INTERFACE + number, ranges, internal, labels);
    DurableFiles.createDirectories(dirs.base());
    DurableFiles.replace(dirs.conflist(name), JsonCodec.toBytes(network.conflist()), true);
    return network;
  }

  /**
   * Removes a network and its bridge.
   *
   * @throws ConflictException if containers are in it
   */
  public void remove(String name) {
    if (name.equals(DEFAULT)) {
      throw new ConflictException("network " + name, "it is always there", "leave it as it is");
    }
    try (OfdLock _ = lock()) {
      NetworkRecord network =
          find(name)
              .orElseThrow(() ->
                  new NotFoundException(
                      "network " + name, "no such network", "phyllo network ls lists them"));
      int members = DurableFiles.names(dirs.members(name)).size();
      if (members > 0) {
        throw new ConflictException(
            "network " + name,
            members == 1 ? "a container is in it" : members + " containers are in it",
            "stop them first");
      }
      try {
        Files.delete(dirs.conflist(name));
        DurableFiles.syncDirectory(dirs.base());
      } catch (IOException e) {
        throw new SystemException(dirs.conflist(name).toString(), e);
      }
      DurableFiles.deleteTree(dirs.members(name));
      DurableFiles.deleteTree(dirs.addresses().resolve(name));
      if (!UserBridges.areNeeded()) {
        NetworkNamespace.removeBridge(network.bridge());
        return;
      }
      Path user = new UserBridges(this, StepListener.NONE).namespace();
      if (NetworkNamespace.isMounted(user)) { // if not, its bridges are gone with it
        NetworkNamespace.removeBridge(user, network.bridge());
      }
    }
  }

  /**
   * Gives back what the plugin host-local noted for a container, where no plugin can be called any
   * more: a file named by each address, with the container's id in its first line.
   */
  public void forgetAddresses(String name, String id) {
    Path directory = dirs.addresses().resolve(name);
    try (OfdLock _ = lock()) {
      for (String address : DurableFiles.names(directory)) {
        Path file = directory.resolve(address);
        if (!address.startsWith("l") && Files.readString(file).startsWith(id)) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  private @Nullable NetworkRecord read(String name) {
    Path file = dirs.conflist(name);
    try {
      return NetworkRecord.fromJson(
          JsonCodec.parseObject(Files.readAllBytes(file), file.toString()));
    } catch (NoSuchFileException _) {
      return null;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static boolean isName(String name) {
    return NamespaceDirs.isName(name, 2, 64);
  }
}

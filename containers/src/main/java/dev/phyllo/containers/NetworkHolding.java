package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.networks.CniPlugins;
import dev.phyllo.containers.networks.CniRuntime;
import dev.phyllo.containers.networks.Members;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.containers.networks.Subnet;
import dev.phyllo.containers.networks.UserBridges;
import dev.phyllo.containers.networks.UserMode;
import dev.phyllo.containers.networks.UserModeProcess;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.NetworkNamespace;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A container's network: a namespace with a name, its connections by CNI, and its place among the
 * members of each network. What is about to be done is written down before it is done.
 */
final class NetworkHolding implements Holding {
  @Override
  public String name() {
    return "the network";
  }

  @Override
  public void acquire(Starting start) {
    NetworkSpec spec = start.container().spec().network();
    if (spec.mode() == Network.CONTAINER) {
      join(start, spec);
    } else if (spec.mode() == Network.CONNECTED) {
      connect(start, spec);
    }
  }

  private static void join(Starting start, NetworkSpec spec) {
    Path peer = start.directory().resolveSibling(spec.peer());
    try (Pidfd process = StateFile.process(StateFile.read(peer))) {
      if (process == null) {
        throw notRunning(spec);
      }
      String namespace = "/proc/" + process.pid() + "/ns/net";
      start.networkNamespace = start.hold(FileCalls.open(namespace, Open.RDONLY));
      if (process.hasEnded()) { // then the number may be somebody else's
        throw notRunning(spec);
      }
    }
  }

  private static ConflictException notRunning(NetworkSpec spec) {
    return new ConflictException(
        "container " + spec.peer().substring(0, Math.min(12, spec.peer().length())),
        "it does not run, so it has no network to share",
        "start it first");
  }

  private static void connect(Starting start, NetworkSpec spec) {
    Path directory = start.directory();
    Path namespace = Attachments.namespace(directory);
    OwnUsers users = start.users;
    if (users != null && start.container().spec().life().runtime().isEmpty()) {
      users.atBirth(() -> connectBorn(start, spec, users.pid()));
      return;
    }
    NetworkNamespace.create(namespace, start.steps());
    start.networkNamespace = start.hold(FileCalls.open(namespace.toString(), Open.RDONLY));
    // A container in the foreground ends with its engine; another outlives it.
    connect(start, spec, start.meeting == null);
  }

  /** One that has users of its own brings its network namespace along, which belongs to them. */
  private static void connectBorn(Starting start, NetworkSpec spec, int pid) {
    NetworkNamespace.name(Attachments.namespace(start.directory()), pid);
    connect(start, spec, false); // this thread ends before the container
    HostFiles.write(start.directory(), start.container().spec()); // now with its addresses
  }

  private static void connect(Starting start, NetworkSpec spec, boolean tied) {
    for (Endpoint endpoint : spec.endpoints()) {
      Optional<UserMode> mode = UserMode.of(endpoint.network());
      if (mode.isPresent()) {
        UserModeConnection.make(start, endpoint, mode.get(), tied);
      } else {
        BridgeConnection.make(start.container(), start.directory(), endpoint, start.steps());
      }
    }
  }

  /** CNI conventions, "Dynamic Plugin specific fields". */
  static Json.Obj told(Endpoint endpoint, List<PortMapping> ports) {
    JsonBuilder told = new JsonBuilder();
    if (!ports.isEmpty()) {
      List<Json> rows = new ArrayList<>();
      for (PortMapping port : ports) {
        rows.add(port.toJson());
      }
      told.put("portMappings", new Json.Array(rows));
    }
    List<String> addresses = new ArrayList<>();
    endpoint.address().ifPresent(addresses::add);
    endpoint.address6().ifPresent(addresses::add);
    if (!addresses.isEmpty()) {
      told.put("ips", JsonBuilder.array(addresses));
    }
    if (endpoint.mac().isPresent()) {
      told.put("mac", endpoint.mac().get());
    } else if (endpoint.address().isPresent()) {
      told.put("mac", macOf(endpoint.address().get()));
    }
    return told.build();
  }

  /**
   * An address that comes again brings its hardware address along, as docker has it: others may
   * still know it by that.
   */
  private static String macOf(String address) {
    int number = Subnet.address(address, address);
    StringBuilder mac = new StringBuilder("02:42");
    for (int shift = 24; shift >= 0; shift -= 8) {
      int octet = number >>> shift & 255;
      mac.append(':').append(Character.forDigit(octet >> 4, 16));
      mac.append(Character.forDigit(octet & 15, 16));
    }
    return mac.toString();
  }

  static List<String> names(Container c, Endpoint endpoint) {
    List<String> names = new ArrayList<>();
    names.add(c.name());
    for (String alias : endpoint.aliases()) {
      if (!names.contains(alias)) {
        names.add(alias);
      }
    }
    for (String other : List.of(c.spec().network().hostname(), c.shortId())) {
      if (!names.contains(other)) {
        names.add(other);
      }
    }
    return names;
  }

  @Override
  public void release(String id, Path directory) {
    releaseAll(id, directory);
  }

  /** Ends every connection and takes the namespace's name away. */
  static void releaseAll(String id, Path directory) {
    if (!Attachments.exist(directory)) {
      return;
    }
    PhylloException failure = null;
    for (Attachment a : Attachments.read(directory).reversed()) {
      try {
        disconnect(id, directory, a);
      } catch (PhylloException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure; // with the namespace still there, it can be tried again
    }
    NetworkNamespace.remove(Attachments.namespace(directory));
    Attachments.delete(directory);
  }

  static void disconnect(String id, Path directory, Attachment a) {
    NetworkStore networks = new NetworkStore(root(directory));
    if (UserMode.of(a.network()).isPresent()) {
      UserModeProcess.end(directory, a);
      new Members(networks).leave(a.network(), id);
      return;
    }
    Path namespace = Attachments.namespace(directory);
    if (UserBridges.areNeeded()) {
      disconnectUser(id, directory, a, networks);
      return;
    }
    new CniRuntime(CniPlugins.ofEnvironment(), StepListener.NONE)
        .delete(a, id, NetworkNamespace.isMounted(namespace) ? namespace.toString() : "");
    new Members(networks).leave(a.network(), id);
  }

  private static void disconnectUser(
      String id, Path directory, Attachment a, NetworkStore networks) {
    UserBridges user = new UserBridges(networks, StepListener.NONE);
    if (a.result().isPresent()) {
      user.requireHere();
    }
    user.close(a.ports());
    Path namespace = Attachments.namespace(directory);
    boolean there = NetworkNamespace.isMounted(user.namespace());
    // If the bridges are gone, the plugins have to forget addresses only, in any namespace.
    Path place = there ? user.namespace() : namespace;
    if (NetworkNamespace.isMounted(place) && (there || a.result().isPresent())) {
      String inside = NetworkNamespace.isMounted(namespace) ? namespace.toString() : "";
      new CniRuntime(CniPlugins.ofEnvironment(), place, StepListener.NONE).delete(a, id, inside);
    } else {
      networks.forgetAddresses(a.network(), id);
    }
    new Members(networks).leave(a.network(), id);
    user.endIfEmpty();
  }

  /** The store's root: {@code ROOT/ns/NAMESPACE/containers/ID}. */
  static Path root(Path directory) {
    Path above = directory;
    for (int i = 0; i < 4; i++) {
      Path parent = above.getParent();
      if (parent == null) {
        throw new IllegalArgumentException(directory.toString());
      }
      above = parent;
    }
    return above;
  }
}

package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.networks.CniPlugins;
import dev.phyllo.containers.networks.CniRuntime;
import dev.phyllo.containers.networks.Members;
import dev.phyllo.containers.networks.NetworkRecord;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.containers.networks.PortMapping;
import dev.phyllo.containers.networks.UserMode;
import dev.phyllo.containers.networks.UserModeProcess;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.NetworkNamespace;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A container's network: a namespace with a name, its connections by CNI, and its place among the
 * members of each network. What is about to be done is written down before it is done.
 */
final class NetworkHolding implements Holding {
  /** Writable for whoever rules the network namespace of this process. */
  private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

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
    for (Endpoint endpoint : spec.endpoints()) {
      Optional<UserMode> mode = UserMode.of(endpoint.network());
      if (mode.isPresent()) {
        UserModeConnection.make(start, endpoint, mode.get());
      } else {
        connect(start.container(), directory, endpoint, start.steps());
      }
    }
  }

  /** One that has users of its own brings its network namespace along, which belongs to them. */
  private static void connectBorn(Starting start, NetworkSpec spec, int pid) {
    NetworkNamespace.name(Attachments.namespace(start.directory()), pid);
    for (Endpoint endpoint : spec.endpoints()) {
      connect(start.container(), start.directory(), endpoint, start.steps());
    }
    HostFiles.write(start.directory(), start.container().spec()); // now with its addresses
  }

  /** Connects a container's namespace to one more network. */
  static void connect(Container c, Path directory, Endpoint endpoint, StepListener steps) {
    if (UserNamespace.current().isNested() && !Files.isWritable(FORWARDING)) {
      throw new UnsupportedException(
          "network " + endpoint.network(),
          "an ordinary user has no bridges: they belong to the host's network",
          "use --network pasta or slirp4netns, or work as root");
    }
    NetworkStore networks = new NetworkStore(root(directory));
    NetworkRecord network = networks.require(endpoint.network());
    CniPlugins plugins = CniPlugins.ofEnvironment();
    plugins.require(network);
    List<Attachment> attachments = new ArrayList<>(Attachments.read(directory));
    boolean first = attachments.isEmpty();
    Attachment a =
        new Attachment(
            network.name(),
            "eth" + attachments.size(),
            network.conflist(),
            Json.Obj.EMPTY,
            Optional.empty());
    attachments.add(a);
    Attachments.write(directory, attachments);
    Members members = new Members(networks);
    List<String> names = names(c, endpoint);
    Path hosts = directory.resolve("hosts");
    // Ports lead to the first network: it has the way out.
    List<PortMapping> wanted = first ? c.spec().network().ports() : List.of();
    List<PortMapping> ports = members.take(network.name(), c.id(), wanted, names, hosts);
    Attachment told =
        new Attachment(
            a.network(), a.interfaceName(), a.conflist(), told(endpoint, ports), a.result());
    attachments.set(attachments.size() - 1, told);
    Attachments.write(directory, attachments);
    String namespace = Attachments.namespace(directory).toString();
    Attachment made = told.made(new CniRuntime(plugins, steps).add(told, c.id(), namespace));
    attachments.set(attachments.size() - 1, made);
    Attachments.write(directory, attachments);
    members.join(network.name(), new Members.Member(c.id(), made.addresses(), names, ports, hosts));
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
    if (endpoint.address().isPresent()) {
      told.put("ips", JsonBuilder.array(List.of(endpoint.address().get())));
    }
    if (endpoint.mac().isPresent()) {
      told.put("mac", endpoint.mac().get());
    }
    return told.build();
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
    new CniRuntime(CniPlugins.ofEnvironment(), StepListener.NONE)
        .delete(a, id, NetworkNamespace.isMounted(namespace) ? namespace.toString() : "");
    new Members(networks).leave(a.network(), id);
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

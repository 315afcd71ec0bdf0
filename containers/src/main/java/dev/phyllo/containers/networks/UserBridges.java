package dev.phyllo.containers.networks;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Keeper;
import dev.phyllo.linux.NetworkNamespace;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The network namespace that an ordinary user's bridges are in: what the host's network is to
 * root's. slirp4netns connects it, and opens and closes ports of the host while it works, which
 * pasta cannot. A process that does nothing holds it, and with it the user namespace and the mounts
 * that all of this user's commands then share; all goes when no container is in a network.
 */
public final class UserBridges {
  /** Writable for whoever rules the network namespace of this process. */
  private static final Path FORWARDING = Path.of("/proc/sys/net/ipv4/ip_forward");

  private static final String NAMESPACE = "netns";
  private static final String RECORD = "processes.json";

  private final NetworkStore networks;
  private final Path directory;
  private final StepListener steps;

  /** That of a root's networks. */
  public UserBridges(NetworkStore networks, StepListener steps) {
    this.networks = networks;
    this.directory = networks.dirs().base().resolve("user");
    this.steps = steps;
  }

  /** Whether this process has no power over its own network, so that bridges need another. */
  public static boolean areNeeded() {
    return UserNamespace.current().isNested() && !Files.isWritable(FORWARDING);
  }

  /** The process that holds the namespaces of a root's networks; null if there is none. */
  public static @Nullable Pidfd holder(Path root) {
    return running(NetworkDirs.of(root).base().resolve("user"), "holder");
  }

  /** The file of the namespace. */
  public Path namespace() {
    return directory.resolve(NAMESPACE);
  }

  /** Where names are asked for. */
  public static List<String> nameServers() {
    return List.of(SlirpPorts.DNS);
  }

  /**
   * Makes it, unless it is there.
   *
   * @throws dev.phyllo.oci.UnsupportedException if slirp4netns is not installed
   */
  public void make() {
    UserMode.SLIRP4NETNS.require();
    try (var _ = networks.lock()) {
      DurableFiles.createDirectories(directory);
      requireHere();
      if (!NetworkNamespace.isMounted(namespace())) {
        end();
        DurableFiles.createDirectories(directory);
        NetworkNamespace.create(namespace(), steps);
      }
      int holder = number("holder");
      if (holder == 0) {
        holder = hold();
        write(holder, number("carrier"));
      }
      if (number("carrier") == 0) {
        UserModeNetwork carrier =
            new UserModeNetwork(UserMode.SLIRP4NETNS, directory, false, steps);
        write(holder, carrier.serve(namespace()));
      }
    }
  }

  /**
   * Checks that no other user namespace has them.
   *
   * @throws ConflictException if a command that was started at the same time made them there
   */
  public void requireHere() {
    if (!NetworkNamespace.isMounted(namespace()) && number("holder") != 0) {
      throw new ConflictException(
          "the networks of this user", "another command was just about to make them", "try again");
    }
  }

  private int hold() {
    try (Fd own = FileCalls.open(namespace().toString(), Open.RDONLY)) {
      // No process of ours is what it outlives, so it is given none to hold.
      return new Keeper("phyllo-network " + directory, own).holding(own).start().pid();
    }
  }

  private void write(int holder, int carrier) {
    JsonBuilder b = new JsonBuilder().put("holder", UserModeProcess.named(holder));
    if (carrier != 0) {
      b.put("carrier", UserModeProcess.named(carrier));
    }
    Json.Obj record = b.build();
    DurableFiles.replace(directory.resolve(RECORD), JsonCodec.toBytes(record), false);
  }

  /** The number of one of the processes; 0 if it has ended. */
  private int number(String which) {
    try (Pidfd process = running(directory, which)) {
      return process == null ? 0 : process.pid();
    }
  }

  private static @Nullable Pidfd running(Path directory, String which) {
    Path file = directory.resolve(RECORD);
    try {
      JsonObject o = JsonCodec.parseObject(Files.readAllBytes(file), file.toString());
      Pidfd process = o.has(which) ? UserModeProcess.running(o.requireObject(which)) : null;
      if (process != null && process.hasEnded()) {
        process.close();
        return null;
      }
      return process;
    } catch (NoSuchFileException _) {
      return null;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /** Opens ports of the host; the plugins lead them on. */
  public void open(List<PortMapping> ports) {
    new SlirpPorts(directory).openSame(ports);
  }

  /** Closes them again, as far as they are open. */
  public void close(List<PortMapping> ports) {
    if (Files.exists(directory.resolve(RECORD))) {
      new SlirpPorts(directory).close(ports);
    }
  }

  /** Nothing of it stays if no container is in any of its networks. */
  public void endIfEmpty() {
    if (!Files.exists(directory)) {
      return;
    }
    try (var _ = networks.lock()) {
      for (String network : DurableFiles.names(networks.dirs().members("."))) {
        boolean bridged = UserMode.of(network).isEmpty();
        if (bridged && !DurableFiles.names(networks.dirs().members(network)).isEmpty()) {
          return;
        }
      }
      end();
    }
  }

  private void end() {
    if (!Files.exists(directory)) {
      return;
    }
    UserModeProcess.end(running(directory, "carrier"));
    NetworkNamespace.remove(namespace());
    // Last: this process may share its mounts with it, but lives on by itself.
    UserModeProcess.end(running(directory, "holder"));
    DurableFiles.deleteTree(directory);
  }
}

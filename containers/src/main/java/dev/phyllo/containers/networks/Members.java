package dev.phyllo.containers.networks;

import dev.phyllo.linux.OfdLock;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who is in which network: a file for each container, with its addresses, its names there and its
 * published ports. Where a port of the host is taken, and what containers of one network call each
 * other, is known from these files.
 */
public final class Members {
  private static final int MAX_TRIES = 64;

  private final NetworkStore networks;

  /** The members of a root's networks. */
  public Members(NetworkStore networks) {
    this.networks = networks;
  }

  /**
   * A container in a network.
   *
   * @param id its id
   * @param addresses its addresses there
   * @param names what the others call it, its own name first
   * @param ports what it publishes
   * @param hosts its /etc/hosts, as a file of the host
   */
  public record Member(
      String id, List<String> addresses, List<String> names, List<PortMapping> ports, Path hosts) {
    /** Keeps copies. */
    public Member {
      addresses = List.copyOf(addresses);
      names = List.copyOf(names);
      ports = List.copyOf(ports);
    }
  }

  /** The networks. */
  public NetworkStore networks() {
    return networks;
  }

  /** The containers in a network. */
  public List<Member> of(String network) {
    Path directory = networks.dirs().members(network);
    List<Member> members = new ArrayList<>();
    for (String id : DurableFiles.names(directory)) {
      Member member = id.startsWith(".") ? null : read(directory.resolve(id));
      if (member != null) {
        members.add(member);
      }
    }
    members.sort((a, b) -> a.id().compareTo(b.id()));
    return members;
  }

  /**
   * Takes ports of the host for a container, and chooses those that it leaves open: nobody else has
   * them from now on, as {@link #leave} gives them back.
   *
   * @throws ConflictException if one is taken
   */
  public List<PortMapping> take(
      String network, String id, List<PortMapping> wanted, List<String> names, Path hosts) {
    try (OfdLock _ = networks.lock()) {
      List<PortMapping> used = new ArrayList<>();
      for (String each : DurableFiles.names(networks.dirs().members("."))) {
        for (Member member : of(each)) {
          if (!member.id().equals(id)) {
            used.addAll(member.ports());
          }
        }
      }
      List<PortMapping> taken = new ArrayList<>();
      for (PortMapping one : wanted) {
        PortMapping chosen = one.hostPort() == 0 ? choose(one, used) : checked(one, used);
        used.add(chosen);
        taken.add(chosen);
      }
      write(network, new Member(id, List.of(), names, taken, hosts));
      return taken;
    }
  }

  /** A container has its addresses; the others of its network learn its names. */
  public void join(String network, Member member) {
    try (OfdLock _ = networks.lock()) {
      write(network, member);
      tell(network);
    }
  }

  /** A container is no longer in a network; the others forget its names. */
  public void leave(String network, String id) {
    try (OfdLock _ = networks.lock()) {
      Path file = networks.dirs().members(network).resolve(id);
      try {
        if (!Files.deleteIfExists(file)) {
          return;
        }
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
      tell(network);
    }
  }

  /** The containers of a network learn each other's names again, since one has a new file. */
  public void tellAll(String network) {
    try (OfdLock _ = networks.lock()) {
      tell(network);
    }
  }

  /**
   * On the network that every container gets, names mean nothing, as docker has it; and those that
   * reach the network each by a program of its own do not reach each other.
   */
  private void tell(String network) {
    if (network.equals(NetworkStore.DEFAULT) || UserMode.of(network).isPresent()) {
      return;
    }
    List<Member> members = of(network);
    for (Member member : members) {
      StringBuilder lines = new StringBuilder();
      for (Member other : members) {
        if (!other.id().equals(member.id())) {
          for (String address : other.addresses()) {
            lines.append(address).append('\t');
            lines.append(String.join(" ", other.names())).append('\n');
          }
        }
      }
      HostsFile.replaceBlock(member.hosts(), network, lines.toString());
    }
  }

  private static PortMapping checked(PortMapping one, List<PortMapping> used) {
    for (PortMapping other : used) {
      if (one.clashes(other)) {
        throw new ConflictException(
            "-p " + one.outside(), "the port is published by another container", "choose another");
      }
    }
    if (bind(one) < 0) {
      throw new ConflictException(
          "-p " + one.outside(),
          "the port is in use on this machine, or not one's own",
          "choose another");
    }
    return one;
  }

  private static PortMapping choose(PortMapping one, List<PortMapping> used) {
    for (int i = 0; i < MAX_TRIES; i++) {
      PortMapping candidate = one.at(Math.max(bind(one), 0));
      boolean free = candidate.hostPort() > 0;
      for (PortMapping other : used) {
        free &= !candidate.clashes(other);
      }
      if (free) {
        return candidate;
      }
    }
    throw new UnsupportedException(
        "-p " + one.inside(), "no free port was found", "name one: -p PORT:" + one.containerPort());
  }

  /** The port that can be bound: nobody on the host listens there. Negative if it cannot. */
  private static int bind(PortMapping one) {
    try {
      InetAddress address =
          InetAddress.getByName(one.hostIp().isEmpty() ? "0.0.0.0" : one.hostIp());
      InetSocketAddress place = new InetSocketAddress(address, one.hostPort());
      if (one.protocol().equals("udp")) {
        try (DatagramSocket socket = new DatagramSocket(place)) {
          return socket.getLocalPort();
        }
      }
      try (ServerSocket socket = new ServerSocket()) {
        socket.setReuseAddress(true);
        socket.bind(place);
        return socket.getLocalPort();
      }
    } catch (IOException _) {
      return -1;
    }
  }

  private void write(String network, Member member) {
    Path directory = networks.dirs().members(network);
    DurableFiles.createDirectories(directory);
    List<Json> ports = new ArrayList<>();
    for (PortMapping port : member.ports()) {
      ports.add(port.toJson());
    }
    Json.Obj content =
        new JsonBuilder()
            .put("id", member.id())
            .put("addresses", JsonBuilder.array(member.addresses()))
            .put("names", JsonBuilder.array(member.names()))
            .put("ports", new Json.Array(ports))
            .put("hosts", member.hosts().toString())
            .build();
    DurableFiles.replace(directory.resolve(member.id()), JsonCodec.toBytes(content), false);
  }

  private static @Nullable Member read(Path file) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      return null;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    if (bytes.length == 0) {
      return null;
    }
    JsonObject o = JsonCodec.parseObject(bytes, file.toString());
    List<PortMapping> ports = new ArrayList<>();
    for (JsonObject port : o.objects("ports")) {
      ports.add(PortMapping.fromJson(port));
    }
    return new Member(
        o.requireString("id"),
        o.strings("addresses"),
        o.strings("names"),
        ports,
        Path.of(o.requireString("hosts")));
  }
}

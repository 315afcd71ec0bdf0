package dev.phyllo.containers.networks;

import dev.phyllo.linux.Companion;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The command line of slirp4netns(1), and its socket, by which it is told of ports. */
final class SlirpPorts {
  /** Where it answers questions for names: in its own network, whatever the host's servers are. */
  static final String DNS = "10.0.2.3";

  private static final String SOCKET = "slirp4netns.sock";
  private static final int MOST = 1 << 20;

  private final Path directory;

  /**
   * @param directory where the program works
   */
  SlirpPorts(Path directory) {
    this.directory = directory;
  }

  /**
   * What it is given: it joins the namespace, says when it is ready, and has a socket for ports.
   */
  static List<String> arguments(String mac, String namespace, Attachment a, String mtu) {
    return arguments(mac, namespace, a.interfaceName(), !a.ports().isEmpty(), mtu);
  }

  /** The same by what it needs of a connection: the interface's name, and whether ports. */
  static List<String> arguments(
      String mac, String namespace, String name, boolean socket, String mtu) {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--configure", "--mtu=" + mtu, "--disable-host-loopback"));
    words.addAll(List.of("--enable-sandbox", "--enable-seccomp"));
    words.add("--ready-fd=" + Companion.HANDED);
    if (socket) {
      // Relative: the whole name may be longer than the 108 bytes of unix(7).
      words.add("--api-socket=" + SOCKET);
    }
    if (!mac.isEmpty()) {
      words.add("--macaddress=" + mac);
    }
    words.addAll(List.of("--netns-type=path", namespace, name));
    return words;
  }

  /**
   * Opens ports of the host, then takes the socket away: nobody is to open more.
   *
   * @throws SystemException with what the program said
   */
  void open(List<PortMapping> ports) {
    if (ports.isEmpty()) {
      return;
    }
    try (Fd here = FileCalls.open(directory.toString(), Open.PATH | Open.DIRECTORY)) {
      Path socket = Path.of("/proc/self/fd/" + here.number(), SOCKET);
      for (PortMapping port : ports) {
        if (port.hostIp().indexOf(':') >= 0) {
          throw new UnsupportedException(
              "-p " + port.outside(), "slirp4netns publishes on IPv4 only", "use --network pasta");
        }
        open(port, port.containerPort(), socket);
      }
      Files.deleteIfExists(directory.resolve(SOCKET));
    } catch (IOException e) {
      throw new SystemException(directory.resolve(SOCKET).toString(), e);
    }
  }

  /** Opens ports of the host that lead to the same ports in the namespace. */
  void openSame(List<PortMapping> ports) {
    if (ports.isEmpty()) {
      return;
    }
    try (Fd here = FileCalls.open(directory.toString(), Open.PATH | Open.DIRECTORY)) {
      for (PortMapping port : ports) {
        open(port, port.hostPort(), Path.of("/proc/self/fd/" + here.number(), SOCKET));
      }
    } catch (IOException e) {
      throw new SystemException(directory.resolve(SOCKET).toString(), e);
    }
  }

  /** Closes those of them that are open. */
  void close(List<PortMapping> ports) {
    if (ports.isEmpty()) {
      return;
    }
    try (Fd here = FileCalls.open(directory.toString(), Open.PATH | Open.DIRECTORY)) {
      Path socket = Path.of("/proc/self/fd/" + here.number(), SOCKET);
      Json.Obj question = new JsonBuilder().put("execute", "list_hostfwd").build();
      JsonObject answer = JsonCodec.parseObject(ask(question, socket), "the answer of slirp4netns");
      // Its manual has the list in "return"; version 1.2 has not.
      JsonObject list = answer.has("return") ? answer.requireObject("return") : answer;
      for (JsonObject entry : list.objects("entries")) {
        for (PortMapping port : ports) {
          if (entry.requireNumber("host_port") == port.hostPort()
              && entry.requireString("proto").equals(port.protocol())
              && entry.string("host_addr").orElse("").equals(address(port))) {
            Json.Obj id = new JsonBuilder().put("id", entry.requireNumber("id")).build();
            ask(
                new JsonBuilder().put("execute", "remove_hostfwd").put("arguments", id).build(),
                socket);
          }
        }
      }
    } catch (IOException _) {
      // It has ended, and its ports with it.
    }
  }

  private static String address(PortMapping port) {
    return port.hostIp().isEmpty() ? "0.0.0.0" : port.hostIp();
  }

  private static void open(PortMapping port, int inside, Path socket) throws IOException {
    Json.Obj arguments =
        new JsonBuilder()
            .put("proto", port.protocol())
            .put("host_addr", address(port))
            .put("host_port", port.hostPort())
            .put("guest_port", inside)
            .build();
    Json.Obj request =
        new JsonBuilder().put("execute", "add_hostfwd").put("arguments", arguments).build();
    String why = error(ask(request, socket));
    if (!why.isEmpty()) {
      throw new SystemException(
          "-p " + port.outside(), "slirp4netns: " + why, "is the port free? another: -p", 0);
    }
  }

  /** One request a connection; its end is the end of what is written. */
  private static byte[] ask(Json.Obj request, Path socket) throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(MOST);
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer bytes = ByteBuffer.wrap(JsonCodec.toBytes(request));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.shutdownOutput();
      while (answer.hasRemaining() && channel.read(answer) >= 0) {
        // The loop's head does all.
      }
    }
    return Arrays.copyOf(answer.array(), answer.position());
  }

  /** What an answer says went wrong; empty if nothing did. */
  static String error(byte[] answer) {
    try {
      JsonObject o = JsonCodec.parseObject(answer, "the answer of slirp4netns");
      if (o.has("return")) {
        return "";
      }
      String text = o.has("error") ? o.requireObject("error").string("desc").orElse("") : "";
      return text.isEmpty() ? "it did not open the port" : text;
    } catch (PhylloException e) {
      return "it did not answer";
    }
  }

  /** Nothing of it stays in the container's directory. */
  static void forget(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(SOCKET));
  }
}

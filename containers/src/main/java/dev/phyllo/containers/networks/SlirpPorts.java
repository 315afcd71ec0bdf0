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
  private static final int MOST = 4096;

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
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--configure", "--mtu=" + mtu, "--disable-host-loopback"));
    words.addAll(List.of("--enable-sandbox", "--enable-seccomp"));
    words.add("--ready-fd=" + Companion.HANDED);
    if (!a.ports().isEmpty()) {
      // Relative: the whole name may be longer than the 108 bytes of unix(7).
      words.add("--api-socket=" + SOCKET);
    }
    if (!mac.isEmpty()) {
      words.add("--macaddress=" + mac);
    }
    words.addAll(List.of("--netns-type=path", namespace, a.interfaceName()));
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
        open(port, socket);
      }
      Files.deleteIfExists(directory.resolve(SOCKET));
    } catch (IOException e) {
      throw new SystemException(directory.resolve(SOCKET).toString(), e);
    }
  }

  private static void open(PortMapping port, Path socket) throws IOException {
    Json.Obj arguments =
        new JsonBuilder()
            .put("proto", port.protocol())
            .put("host_addr", port.hostIp().isEmpty() ? "0.0.0.0" : port.hostIp())
            .put("host_port", port.hostPort())
            .put("guest_port", port.containerPort())
            .build();
    Json.Obj request =
        new JsonBuilder().put("execute", "add_hostfwd").put("arguments", arguments).build();
    ByteBuffer answer = ByteBuffer.allocate(MOST);
    // One request a connection; its end is the end of what is written.
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
    String why = error(Arrays.copyOf(answer.array(), answer.position()));
    if (!why.isEmpty()) {
      throw new SystemException(
          "-p " + port.outside(), "slirp4netns: " + why, "is the port free? another: -p", 0);
    }
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

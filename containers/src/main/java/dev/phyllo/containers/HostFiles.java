package dev.phyllo.containers;

import dev.phyllo.containers.networks.Attachment;
import dev.phyllo.containers.networks.Attachments;
import dev.phyllo.containers.networks.Members;
import dev.phyllo.containers.networks.NetworkStore;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The three files that every container finds below {@code /etc} although no image can know what is
 * in them: {@code hostname}, {@code hosts} and {@code resolv.conf}. They lie in the container's own
 * directory on the host and are bind-mounted, as docker does. Who shares another container's
 * network shares its {@code hosts} and {@code resolv.conf} too.
 */
final class HostFiles {
  private static final String HOST_GATEWAY = "host-gateway";

  private HostFiles() {}

  /** Writes the files and says where they are to appear. */
  static List<Volume> write(Path directory, ContainerSpec spec) {
    NetworkSpec network = spec.network();
    write(directory.resolve("hostname"), network.hostname() + "\n");
    Path shared = directory;
    if (network.mode() == Network.CONTAINER) {
      shared = directory.resolveSibling(network.peer());
    } else {
      List<Attachment> attachments =
          network.mode() == Network.CONNECTED ? Attachments.read(directory) : List.of();
      write(directory.resolve("hosts"), hosts(network, attachments));
      write(directory.resolve("resolv.conf"), resolvConf(network, attachments));
      for (Attachment a : attachments) {
        // What it was told before the file was there.
        new Members(new NetworkStore(NetworkHolding.root(directory))).tellAll(a.network());
      }
    }
    return List.of(
        Volume.bind(directory.resolve("hostname").toString(), "/etc/hostname"),
        Volume.bind(shared.resolve("hosts").toString(), "/etc/hosts"),
        Volume.bind(shared.resolve("resolv.conf").toString(), "/etc/resolv.conf"));
  }

  private static String hosts(NetworkSpec network, List<Attachment> attachments) {
    String own = network.mode() == Network.HOST ? read(Path.of("/etc/hosts")) : "";
    StringBuilder text = new StringBuilder(own);
    if (own.isEmpty()) {
      text.append("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
      List<String> addresses = new ArrayList<>();
      for (Attachment a : attachments) {
        addresses.addAll(a.addresses());
      }
      if (addresses.isEmpty()) {
        addresses.add("127.0.1.1");
      }
      for (String address : addresses) {
        text.append(address).append('\t').append(names(network)).append('\n');
      }
    }
    String host = network.mode() == Network.CONNECTED ? host(attachments) : "";
    if (!host.isEmpty()) {
      text.append(host).append("\thost.containers.internal host.docker.internal\n");
    }
    for (String line : network.names().hosts()) {
      int colon = line.indexOf(':');
      String address = line.substring(colon + 1);
      if (address.equals(HOST_GATEWAY)) {
        address = host.isEmpty() ? "127.0.0.1" : host;
      }
      text.append(address).append('\t').append(line, 0, colon).append('\n');
    }
    return text.toString();
  }

  /** What a container calls itself. */
  static String names(ContainerSpec spec) {
    return names(spec.network());
  }

  private static String names(NetworkSpec network) {
    String domain = network.names().domain();
    return domain.isEmpty()
        ? network.hostname()
        : network.hostname() + "." + domain + " " + network.hostname();
  }

  /** Where the host is, seen from inside: for instance a bridge's own address. Empty if nowhere. */
  private static String host(List<Attachment> attachments) {
    for (Attachment a : attachments) {
      if (!a.host().isEmpty()) {
        return a.host();
      }
    }
    return "";
  }

  /** resolv.conf(5): the host's, without servers that only the host can reach. */
  private static String resolvConf(NetworkSpec network, List<Attachment> attachments) {
    NameSpec names = network.names();
    boolean reachesNobody = network.mode() == Network.NONE;
    String host = reachesNobody ? "" : read(Path.of("/etc/resolv.conf"));
    boolean unchanged =
        names.servers().isEmpty() && names.search().isEmpty() && names.options().isEmpty();
    if (network.mode() == Network.HOST && unchanged) {
      return host;
    }
    boolean ownLoopback = network.mode() == Network.HOST;
    StringBuilder text = new StringBuilder();
    for (String server : names.servers()) {
      text.append("nameserver ").append(server).append('\n');
    }
    if (names.servers().isEmpty()) {
      for (Attachment a : attachments) {
        for (String server : a.nameServers()) {
          text.append("nameserver ").append(server).append('\n');
        }
      }
    }
    if (names.servers().isEmpty() && servers(host, ownLoopback, text) == 0 && !reachesNobody) {
      // systemd-resolved listens on the host's loopback, and says here whom it asks itself.
      servers(read(Path.of("/run/systemd/resolve/resolv.conf")), false, text);
    }
    List<String> search = names.search();
    if (search.isEmpty()) {
      keep(host, "search ", text);
      keep(host, "domain ", text);
    } else if (!search.equals(List.of("."))) {
      text.append("search ").append(String.join(" ", search)).append('\n');
    }
    if (names.options().isEmpty()) {
      keep(host, "options ", text);
    } else {
      text.append("options ").append(String.join(" ", names.options())).append('\n');
    }
    return text.toString();
  }

  /** Copies the servers that can be reached from another network namespace; returns how many. */
  private static int servers(String conf, boolean ownLoopback, StringBuilder text) {
    int count = 0;
    for (String line : VolumeSyntax.split(conf, '\n')) {
      if (line.startsWith("nameserver")) {
        String server = line.substring("nameserver".length()).strip();
        boolean loopback = server.startsWith("127.") || server.equals("::1");
        if (!server.isEmpty() && (ownLoopback || !loopback)) {
          text.append("nameserver ").append(server).append('\n');
          count++;
        }
      }
    }
    return count;
  }

  private static void keep(String conf, String keyword, StringBuilder text) {
    for (String line : VolumeSyntax.split(conf, '\n')) {
      if (line.startsWith(keyword)) {
        text.append(line).append('\n');
      }
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }
}

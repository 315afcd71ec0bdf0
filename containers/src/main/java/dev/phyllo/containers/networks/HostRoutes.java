package dev.phyllo.containers.networks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What the network namespace of this process has already: interfaces and routes (proc_net(5)). */
final class HostRoutes {
  private HostRoutes() {}

  /** The names of its interfaces. */
  static Set<String> interfaces() {
    Set<String> names = new HashSet<>();
    for (String line : lines(Path.of("/proc/self/net/dev"))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        names.add(line.substring(0, colon).strip());
      }
    }
    return names;
  }

  /** The ranges that it has routes to, but for the default one. */
  static List<Subnet> routes() {
    List<Subnet> routes = new ArrayList<>();
    for (String line : lines(Path.of("/proc/self/net/route"))) {
      List<String> fields = new ArrayList<>();
      int start = 0;
      for (int tab = line.indexOf('\t'); tab >= 0; tab = line.indexOf('\t', start)) {
        fields.add(line.substring(start, tab).strip());
        start = tab + 1;
      }
      if (fields.size() < 8 || fields.getFirst().equals("Iface")) {
        continue;
      }
      try {
        // Both are in the byte order of the network, printed as numbers of this machine's.
        int address = Integer.reverseBytes(Integer.parseUnsignedInt(fields.get(1), 16));
        int mask = Integer.reverseBytes(Integer.parseUnsignedInt(fields.get(7), 16));
        if (mask != 0) {
          routes.add(new Subnet(address & mask, Integer.bitCount(mask)));
        }
      } catch (NumberFormatException _) {
        // Not a route.
      }
    }
    return routes;
  }

  /**
   * An address of this machine that a container which has others of it reaches: IPv4 before IPv6;
   * empty if there is none.
   *
   * @param cidrs the container's own
   */
  static String addressBeside(List<String> cidrs) {
    String found = "";
    try {
      for (NetworkInterface i : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        for (InetAddress address : Collections.list(i.getInetAddresses())) {
          boolean reached = !address.isLoopbackAddress() && !address.isLinkLocalAddress();
          for (String cidr : cidrs) {
            String own = cidr.substring(0, cidr.indexOf('/'));
            reached &= !address.equals(InetAddress.ofLiteral(own));
          }
          String scoped = address.getHostAddress();
          int scope = scoped.indexOf('%');
          String text = scope < 0 ? scoped : scoped.substring(0, scope);
          if (reached && (found.isEmpty() || found.indexOf(':') >= 0 && text.indexOf(':') < 0)) {
            found = text;
          }
        }
      }
    } catch (SocketException _) {
      // Then it has none.
    }
    return found;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException _) {
      return List.of(); // a kernel without IPv4
    }
  }
}

package dev.phyllo.containers.networks;

import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of a container that is reached through one of the host.
 *
 * @param hostIp the address of the host it is reached at; empty for all
 * @param hostPort 1 to 65535, or 0 for one that is chosen when the container starts
 * @param containerPort 1 to 65535
 * @param protocol tcp, udp or sctp
 */
public record PortMapping(String hostIp, int hostPort, int containerPort, String protocol) {
  private static final int MAX_PORTS = 4096;

  /**
   * Reads {@code [IP:][HOST[-LAST]:]CONTAINER[-LAST][/PROTOCOL]} as docker's {@code -p} takes it,
   * an IPv6 address in brackets.
   *
   * @throws UsageException if it is none
   */
  public static List<PortMapping> parse(String text) {
    String thing = "-p " + text;
    String rest = text;
    String protocol = "tcp";
    int slash = rest.lastIndexOf('/');
    if (slash >= 0) {
      protocol = protocol(rest.substring(slash + 1), thing);
      rest = rest.substring(0, slash);
    }
    int last = rest.lastIndexOf(':');
    int[] inside = range(last < 0 ? rest : rest.substring(last + 1), thing);
    String hostIp = "";
    int[] outside = {0, 0};
    if (last >= 0) {
      String host = rest.substring(0, last);
      int colon = host.lastIndexOf(':');
      if (host.startsWith("[") && host.lastIndexOf("]:") > 0) {
        hostIp = host.substring(1, host.lastIndexOf("]:"));
        Subnet6.address(hostIp, thing);
        host = host.substring(host.lastIndexOf("]:") + 2);
      } else if (colon >= 0) {
        hostIp = host.substring(0, colon);
        Subnet.address(hostIp, thing);
        host = host.substring(colon + 1);
      } else if (host.indexOf('.') >= 0) {
        throw bad(thing, "after an address come two ports", "write -p " + host + "::PORT");
      }
      if (!host.isEmpty()) {
        outside = range(host, thing);
        if (outside[1] - outside[0] != inside[1] - inside[0]) {
          throw bad(thing, "the ranges are not of one length", "make them so");
        }
      }
    }
    if (hostIp.equals("0.0.0.0") || hostIp.equals("::")) {
      hostIp = "";
    }
    List<PortMapping> mappings = new ArrayList<>();
    for (int i = 0; i <= inside[1] - inside[0]; i++) {
      int host = outside[0] == 0 ? 0 : outside[0] + i;
      mappings.add(new PortMapping(hostIp, host, inside[0] + i, protocol));
    }
    return mappings;
  }

  /**
   * Reads {@code PORT[-LAST][/PROTOCOL]}, as {@code --expose} and images have it.
   *
   * @return each as {@code PORT/PROTOCOL}
   * @throws UsageException if it is none
   */
  public static List<String> exposed(String text, String thing) {
    int slash = text.lastIndexOf('/');
    String protocol = slash < 0 ? "tcp" : protocol(text.substring(slash + 1), thing);
    int[] ports = range(slash < 0 ? text : text.substring(0, slash), thing);
    List<String> all = new ArrayList<>();
    for (int port = ports[0]; port <= ports[1]; port++) {
      all.add(port + "/" + protocol);
    }
    return all;
  }

  private static String protocol(String text, String thing) {
    return switch (text) {
      case "tcp", "TCP" -> "tcp";
      case "udp", "UDP" -> "udp";
      case "sctp", "SCTP" -> "sctp";
      default -> throw bad(thing, "no such protocol \"" + text + "\"", "use tcp, udp or sctp");
    };
  }

  private static int[] range(String text, String thing) {
    int dash = text.indexOf('-');
    int first = port(dash < 0 ? text : text.substring(0, dash), thing);
    int end = dash < 0 ? first : port(text.substring(dash + 1), thing);
    if (end < first || end - first >= MAX_PORTS) {
      throw bad(thing, "not a range of at most " + MAX_PORTS + " ports", "write FIRST-LAST");
    }
    return new int[] {first, end};
  }

  private static int port(String text, String thing) {
    int value = 0;
    for (int i = 0; i < text.length() && value <= 65_535; i++) {
      int digit = text.charAt(i) - '0';
      value = digit < 0 || digit > 9 ? 65_536 : value * 10 + digit;
    }
    if (value < 1 || value > 65_535) {
      throw bad(thing, "\"" + text + "\" is not a port", "ports are 1 to 65535");
    }
    return value;
  }

  private static UsageException bad(String thing, String why, String remedy) {
    return new UsageException(thing, why, remedy);
  }

  /** The same on a port of the host that has been chosen. */
  public PortMapping at(int port) {
    return new PortMapping(hostIp, port, containerPort, protocol);
  }

  /** The same at an address of the host. */
  PortMapping at(String address) {
    return new PortMapping(address, hostPort, containerPort, protocol);
  }

  /** Whether both want the same port of the host. */
  boolean clashes(PortMapping other) {
    return hostPort == other.hostPort
        && protocol.equals(other.protocol)
        && (hostIp.isEmpty() || other.hostIp.isEmpty() || hostIp.equals(other.hostIp));
  }

  /** {@code 80/tcp}. */
  public String inside() {
    return containerPort + "/" + protocol;
  }

  /** {@code 0.0.0.0:8080}. */
  public String outside() {
    String place = hostIp.isEmpty() ? "0.0.0.0" : hostIp;
    return (place.indexOf(':') < 0 ? place : "[" + place + "]") + ":" + hostPort;
  }

  /** What {@link #toJson} wrote. */
  public static PortMapping fromJson(JsonObject o) {
    return new PortMapping(
        o.string("hostIP").orElse(""),
        Math.toIntExact(o.requireNumber("hostPort")),
        Math.toIntExact(o.requireNumber("containerPort")),
        o.requireString("protocol"));
  }

  /** As the plugin portmap takes it in its runtimeConfig (CNI conventions, "portMappings"). */
  public Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder();
    if (!hostIp.isEmpty()) {
      b.put("hostIP", hostIp);
    }
    return b.put("hostPort", hostPort)
        .put("containerPort", containerPort)
        .put("protocol", protocol)
        .build();
  }
}

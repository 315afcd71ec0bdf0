package dev.phyllo.containers.networks;

import java.util.ArrayList;
import java.util.List;

/** The command line of pasta(1). */
final class PastaArguments {
  /** Where the container asks for names: pasta sends that on to the host's first server. */
  static final String DNS = "169.254.1.1";

  /** Where the container reaches the host itself, if pasta is not older than the end of 2024. */
  static final List<String> HOST = List.of("--map-guest-addr", "169.254.1.2");

  private PastaArguments() {}

  /**
   * What it is given.
   *
   * @param mac the hardware address to have inside; empty for any
   * @param ready the file that it is to write its number to when it is ready
   * @param namespace the file of the network namespace
   * @param name what the interface is called inside
   */
  static List<String> of(
      List<PortMapping> ports, String mac, String ready, String namespace, String name) {
    List<String> words = new ArrayList<>();
    // In the foreground, so that it is the process we started and no other.
    words.addAll(List.of("--config-net", "--quiet", "--foreground", "--pid", ready));
    words.addAll(List.of("--ns-ifname", name, "--dns-forward", DNS));
    // Its defaults: every port that is bound on one side is there on the other, and the gateway's
    // address is the host's loopback.
    words.addAll(List.of("--tcp-ns", "none", "--udp-ns", "none", "--no-map-gw"));
    publish(words, "--tcp-ports", "tcp", ports);
    publish(words, "--udp-ports", "udp", ports);
    if (!mac.isEmpty()) {
      words.addAll(List.of("--ns-mac-addr", mac));
    }
    words.addAll(List.of("--netns", namespace));
    return words;
  }

  private static void publish(
      List<String> words, String option, String protocol, List<PortMapping> ports) {
    boolean any = false;
    for (PortMapping port : ports) {
      if (port.protocol().equals(protocol)) {
        String address = port.hostIp().isEmpty() ? "" : port.hostIp() + "/";
        words.addAll(List.of(option, address + port.hostPort() + ":" + port.containerPort()));
        any = true;
      }
    }
    if (!any) {
      words.addAll(List.of(option, "none"));
    }
  }
}

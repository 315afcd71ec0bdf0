package dev.phyllo.containers.networks;

import dev.phyllo.oci.UnsupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The plugins of this machine: {@code CNI_PATH} if that is set, else where distributions and
 * Kubernetes put them.
 */
public final class CniPlugins {
  private static final List<String> PLACES =
      List.of("/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni");
  private static final String[] PROGRAMS = {"/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin"};

  private final List<String> places;

  private CniPlugins(List<String> places) {
    this.places = places;
  }

  /** Those that the environment of this process leads to. */
  public static CniPlugins ofEnvironment() {
    return of(System.getenv("CNI_PATH"));
  }

  static CniPlugins of(@Nullable String path) {
    if (path == null || path.isEmpty()) {
      return new CniPlugins(PLACES);
    }
    List<String> places = new ArrayList<>();
    int start = 0;
    for (int colon = path.indexOf(':'); colon >= 0; colon = path.indexOf(':', start)) {
      places.add(path.substring(start, colon));
      start = colon + 1;
    }
    places.add(path.substring(start));
    places.removeIf(String::isEmpty);
    return new CniPlugins(places);
  }

  /** The directories, as plugins are told them. */
  String path() {
    return String.join(":", places);
  }

  /**
   * The program of a plugin.
   *
   * @throws UnsupportedException naming the package that has it
   */
  String require(String type) {
    if (type.isEmpty() || type.indexOf('/') >= 0 || type.startsWith(".")) {
      throw new UnsupportedException(
          "the CNI plugin " + type,
          "not the name of a plugin",
          "correct the type in the network's list of plugins");
    }
    for (String place : places) {
      Path program = Path.of(place, type);
      if (Files.isExecutable(program)) {
        return program.toString();
      }
    }
    throw new UnsupportedException(
        "the CNI plugin " + type,
        "not installed: there is none in " + path(),
        "apt-get install containernetworking-plugins, dnf install containernetworking-plugins, or"
            + " use --network none or host");
  }

  /** Why networks of bridges cannot be had here; empty if nothing is missing. */
  public Optional<String> lack() {
    for (String type : new String[] {"bridge", "host-local", "portmap", "firewall"}) {
      try {
        require(type);
      } catch (UnsupportedException e) {
        return Optional.of("the package containernetworking-plugins is not installed");
      }
    }
    return hasIptables() ? Optional.empty() : Optional.of("the package iptables is not installed");
  }

  /**
   * Checks that everything is there which a network needs.
   *
   * @throws UnsupportedException naming the package that is missing
   */
  public void require(NetworkRecord network) {
    for (String type : network.pluginTypes()) {
      require(type);
    }
    if (!network.internal() && !hasIptables()) {
      throw new UnsupportedException(
          "iptables",
          "not installed: networks that lead anywhere, and published ports, need it",
          "apt-get install iptables, or use a network made with --internal, --network none or"
              + " host");
    }
  }

  private static boolean hasIptables() {
    for (String place : PROGRAMS) {
      if (Files.isExecutable(Path.of(place, "iptables"))) {
        return true;
      }
    }
    return false;
  }
}

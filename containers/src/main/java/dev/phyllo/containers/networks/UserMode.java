package dev.phyllo.containers.networks;

import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The programs by which a container of an ordinary user reaches the network: each reads the packets
 * of the container's interface and makes them connections of its own.
 */
public enum UserMode {
  /** pasta(1): the container has the addresses of the host. */
  PASTA("pasta", "passt"),
  /** slirp4netns(1): the container has an address of a network that exists in the program only. */
  SLIRP4NETNS("slirp4netns", "slirp4netns");

  /** What both make the container's interface with. */
  private static final Path TUN = Path.of("/dev/net/tun");

  /** Address and prefix of a default route. */
  private static final String ANYWHERE = "0".repeat(32) + " 00 ";

  private final String word;
  private final String packageName;

  UserMode(String word, String packageName) {
    this.word = word;
    this.packageName = packageName;
  }

  /** The program's name, which is what the network is called. */
  public String word() {
    return word;
  }

  /** The one that a network's name stands for; empty for a network of another kind. */
  public static Optional<UserMode> of(String network) {
    for (UserMode mode : values()) {
      if (mode.word.equals(network)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }

  /**
   * The first of them that works here.
   *
   * @throws UnsupportedException if none does, with what would help
   */
  public static UserMode preferred() {
    UnsupportedException why = null;
    for (UserMode mode : values()) {
      if (mode.found() == null) {
        continue;
      }
      try {
        mode.require();
        return mode;
      } catch (UnsupportedException e) {
        why = why == null ? e : why;
      }
    }
    throw why != null
        ? why
        : new UnsupportedException(
            "pasta and slirp4netns",
            "neither is installed",
            "install the package passt or slirp4netns");
  }

  /**
   * The program's file.
   *
   * @throws UnsupportedException if it is not installed or cannot work here
   */
  String require() {
    String program = found();
    if (program == null) {
      throw new UnsupportedException(
          word,
          "the package " + packageName + " is not installed",
          "apt-get install " + packageName + ", or use --network none or host");
    }
    if (!Files.exists(TUN)) {
      throw new UnsupportedException(
          TUN.toString(), "not there, and " + word + " needs it", "load it as root: modprobe tun");
    }
    if (!Files.isReadable(TUN) || !Files.isWritable(TUN)) {
      throw new UnsupportedException(
          TUN.toString(),
          "not for this user to open, and " + word + " needs it",
          "let all users, as is usual: chmod 666 " + TUN);
    }
    if (this == PASTA && !hasDefaultRoute()) {
      throw new UnsupportedException(
          word,
          "the host has no default route, and pasta needs one to know where packets go",
          "use --network slirp4netns, none or host");
    }
    return program;
  }

  private @Nullable String found() {
    String path = System.getenv("PATH");
    String places = (path == null ? "" : path + ":") + "/usr/local/bin:/usr/bin:/bin";
    int from = 0;
    while (from <= places.length()) {
      int colon = places.indexOf(':', from);
      int to = colon < 0 ? places.length() : colon;
      Path candidate = Path.of(places.substring(from, to), word);
      if (candidate.isAbsolute() && Files.isExecutable(candidate)) {
        return candidate.toString();
      }
      from = to + 1;
    }
    return null;
  }

  /** Of the network namespace of this process (proc_net(5)). */
  private static boolean hasDefaultRoute() {
    for (String line : lines("/proc/self/net/route")) {
      int tab = line.indexOf('\t');
      if (tab > 0 && line.startsWith("\t00000000\t", tab)) {
        return true;
      }
    }
    for (String line : lines("/proc/self/net/ipv6_route")) {
      if (line.startsWith(ANYWHERE) && !line.endsWith(" lo")) {
        return true;
      }
    }
    return false;
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(Path.of(file), StandardCharsets.ISO_8859_1);
    } catch (IOException _) {
      return List.of(); // a kernel without that kind of address
    }
  }
}

package dev.phyllo.containers;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The three files that every container finds below {@code /etc} although no image can know what is
 * in them: {@code hostname}, {@code hosts} and {@code resolv.conf}. They lie in the container's own
 * directory on the host and are bind-mounted, as docker does.
 */
final class HostFiles {
  private HostFiles() {}

  /** Writes the files and says where they are to appear. */
  static List<Volume> write(Path directory, ContainerSpec spec) {
    write(directory.resolve("hostname"), spec.network().hostname() + "\n");
    write(directory.resolve("hosts"), hosts(spec));
    write(directory.resolve("resolv.conf"), resolvConf(spec));
    return List.of(
        Volume.bind(directory.resolve("hostname").toString(), "/etc/hostname"),
        Volume.bind(directory.resolve("hosts").toString(), "/etc/hosts"),
        Volume.bind(directory.resolve("resolv.conf").toString(), "/etc/resolv.conf"));
  }

  private static String hosts(ContainerSpec spec) {
    if (spec.network().mode() == Network.HOST) {
      String own = read(Path.of("/etc/hosts"));
      if (!own.isEmpty()) {
        return own;
      }
    }
    return "127.0.0.1\tlocalhost\n"
        + "::1\tlocalhost ip6-localhost ip6-loopback\n"
        + "127.0.1.1\t"
        + spec.network().hostname()
        + "\n";
  }

  private static String resolvConf(ContainerSpec spec) {
    // Without a network there is nobody to ask.
    return spec.network().mode() == Network.HOST ? read(Path.of("/etc/resolv.conf")) : "";
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

package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Ids;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.Mounts;
import dev.phyllo.oci.PhylloException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a machine must offer for some tests; they are skipped with the reason where it does not. */
final class Needs {
  private Needs() {}

  static void root() {
    assumeTrue(Linux.isSupported(), "needs Linux on x86-64 or aarch64");
    assumeTrue(Ids.isRoot(), "needs root: owners, devices and trusted.* attributes are set");
    assumeTrue(!Attributes.inUserNamespace(), "needs root outside a user namespace");
  }

  /** What an error says; every error of ours says something. */
  static String message(PhylloException e) {
    return String.valueOf(e.getMessage());
  }

  static void overlay(Path scratch) {
    root();
    assumeTrue(Mounts.hasNewApi(), "needs the mount API of Linux 5.12");
    String why = "";
    try {
      List<byte[]> paths =
          List.of(dir(scratch, "probe-l"), dir(scratch, "probe-u"), dir(scratch, "probe-w"));
      try (Fd _ =
          Mounts.overlay(List.of(paths.get(0)), paths.get(1), paths.get(2), List.of(), false)) {
        // Only whether it works.
      }
    } catch (PhylloException | IOException e) {
      why = String.valueOf(e.getMessage());
    }
    assumeTrue(why.isEmpty(), "needs overlay mounts in the temporary directory: " + why);
  }

  private static byte[] dir(Path scratch, String name) throws IOException {
    return Trees.bytes(Files.createDirectories(scratch.resolve(name)).toString());
  }
}

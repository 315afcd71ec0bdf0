package dev.phyllo.build;

import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs for other processors: the kernel runs them if somebody registered an emulator. */
final class Foreign {
  private static final Path BINFMT = Path.of("/proc/sys/fs/binfmt_misc");

  private Foreign() {}

  /**
   * Returns if commands for a platform can be executed here.
   *
   * @throws UnsupportedException if not, with the reason
   */
  static void require(Platform platform) {
    Platform host = Platform.host();
    boolean same =
        platform.architecture().isEmpty()
            || platform.architecture().equals(host.architecture())
            || platform.architecture().equals("386") && host.architecture().equals("amd64");
    if (!platform.os().isEmpty() && !platform.os().equals(host.os())) {
      throw new UnsupportedException(
          platform.toString(), "only commands for Linux can be executed", "");
    }
    if (!same && !isEmulated(platform.architecture())) {
      throw new UnsupportedException(
          platform.toString(),
          "a command for that processor cannot be executed on "
              + host
              + ": no emulator is registered with binfmt_misc",
          "install qemu-user-static and binfmt-support, or COPY what was built elsewhere");
    }
  }

  private static boolean isEmulated(String architecture) {
    String name =
        switch (architecture) {
          case "amd64" -> "x86_64";
          case "arm64" -> "aarch64";
          case "386" -> "i386";
          default -> architecture;
        };
    try {
      return Files.readString(BINFMT.resolve("qemu-" + name)).startsWith("enabled");
    } catch (IOException _) {
      return false;
    }
  }
}

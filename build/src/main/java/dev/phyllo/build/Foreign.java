package dev.phyllo.build;

import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Programs for other processors: the kernel runs them if somebody registered an emulator that
 * recognises them (Documentation/admin-guide/binfmt-misc.rst), whatever its name.
 */
final class Foreign {
  private static final Path BINFMT = Path.of("/proc/sys/fs/binfmt_misc");
  private static final int ELF_HEADER = 20;

  private Foreign() {}

  /**
   * Returns if commands for a platform can be executed here.
   *
   * @throws UnsupportedException if not, with the reason
   */
  static void require(Platform platform) {
    require(platform, Platform.host(), BINFMT);
  }

  /**
   * As {@link #require(Platform)}, on a machine of another platform.
   *
   * @param registered where the kernel shows what is registered, a file each
   */
  static void require(Platform platform, Platform host, Path registered) {
    if (!platform.os().isEmpty() && !platform.os().equals(host.os())) {
      throw new UnsupportedException(
          platform.toString(),
          "only commands for Linux can be executed",
          "build it there, or without RUN");
    }
    boolean same =
        platform.architecture().isEmpty()
            || platform.architecture().equals(host.architecture())
            || platform.architecture().equals("386") && host.architecture().equals("amd64");
    if (!same && !isEmulated(platform.architecture(), registered)) {
      throw new UnsupportedException(
          platform.toString(),
          "a command for that processor cannot be executed on "
              + host
              + ": no emulator is registered with binfmt_misc",
          "install qemu-user-static and binfmt-support, or COPY what was built elsewhere");
    }
  }

  private static boolean isEmulated(String architecture, Path registered) {
    byte[] program = program(architecture);
    if (program == null) {
      return false;
    }
    try (DirectoryStream<Path> formats = Files.newDirectoryStream(registered)) {
      for (Path format : formats) {
        if (!format.endsWith("register")
            && !format.endsWith("status")
            && recognises(Files.readString(format), program)) {
          return true;
        }
      }
      return false;
    } catch (IOException _) {
      return false;
    }
  }

  /** Whether a format, in the kernel's own words, is enabled and is of such programs. */
  private static boolean recognises(String format, byte[] program) {
    boolean enabled = false;
    int offset = 0;
    byte[] magic = new byte[0];
    byte[] mask = new byte[0];
    for (String line : format.split("\n", -1)) {
      if (line.equals("enabled")) {
        enabled = true;
      } else if (line.startsWith("offset ")) {
        offset = Integer.parseInt(line.substring(7));
      } else if (line.startsWith("magic ")) {
        magic = HexFormat.of().parseHex(line.substring(6));
      } else if (line.startsWith("mask ")) {
        mask = HexFormat.of().parseHex(line.substring(5));
      }
    }
    // What looks at no more than "\177ELF" is of the machine's own programs as well.
    boolean fits = enabled && offset == 0 && magic.length >= ELF_HEADER;
    for (int i = 0; fits && i < ELF_HEADER; i++) {
      int bits = i < mask.length ? mask[i] : 0xff;
      fits = ((program[i] ^ magic[i]) & bits) == 0;
    }
    return fits;
  }

  /** The first bytes of an executable: e_ident, e_type and e_machine of elf(5). */
  private static byte @Nullable [] program(String architecture) {
    int machine =
        switch (architecture) {
          case "386" -> 3;
          case "mips", "mipsle", "mips64", "mips64le" -> 8;
          case "ppc64", "ppc64le" -> 21;
          case "s390x" -> 22;
          case "arm" -> 40;
          case "amd64" -> 62;
          case "arm64" -> 183;
          case "riscv64" -> 243;
          case "loong64" -> 258;
          default -> 0;
        };
    if (machine == 0) {
      return null;
    }
    boolean wide =
        switch (architecture) {
          case "386", "arm", "mips", "mipsle" -> false;
          default -> true;
        };
    boolean big =
        switch (architecture) {
          case "mips", "mips64", "ppc64", "s390x" -> true;
          default -> false;
        };
    byte[] header = new byte[ELF_HEADER];
    header[0] = 0x7f;
    header[1] = 'E';
    header[2] = 'L';
    header[3] = 'F';
    header[4] = (byte) (wide ? 2 : 1);
    header[5] = (byte) (big ? 2 : 1);
    header[6] = 1;
    header[big ? 17 : 16] = 2;
    header[big ? 18 : 19] = (byte) (machine >> 8);
    header[big ? 19 : 18] = (byte) machine;
    return header;
  }
}

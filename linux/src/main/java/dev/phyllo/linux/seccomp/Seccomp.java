package dev.phyllo.linux.seccomp;

import dev.phyllo.linux.PreparedFile;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The programs by which the kernel decides about a container's system calls; seccomp(2). */
public final class Seccomp {
  /** The capabilities on which the default filter depends, bits by number. */
  static final long RELEVANT =
      1L << 2 // DAC_READ_SEARCH
          | 1L << 16 // SYS_MODULE
          | 1L << 17 // SYS_RAWIO
          | 1L << 18 // SYS_CHROOT
          | 1L << 19 // SYS_PTRACE
          | 1L << 20 // SYS_PACCT
          | 1L << 21 // SYS_ADMIN
          | 1L << 22 // SYS_BOOT
          | 1L << 23 // SYS_NICE
          | 1L << 25 // SYS_TIME
          | 1L << 26 // SYS_TTY_CONFIG
          | 1L << 34 // SYSLOG
          | 1L << 38 // PERFMON
          | 1L << 39; // BPF

  /**
   * Those of them for which the build has made the program, because to compile it takes a cold JVM
   * 30 ms: docker's default, none, and what is added most often.
   */
  private static final long[] PREPARED = {1L << 18, 0, 1L << 18 | 1L << 19, 1L << 18 | 1L << 21};

  private Seccomp() {}

  /**
   * A filter.
   *
   * @param program instructions of classic BPF, struct sock_filter after struct sock_filter
   * @param flags of seccomp(2)
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Filter(byte[] program, int flags) {}

  /**
   * The filter of a container that asks for nothing; see {@link DefaultProfile}.
   *
   * @param capabilities of the container, bits by number
   */
  public static Filter byDefault(long capabilities) {
    for (long prepared : PREPARED) {
      if ((capabilities & RELEVANT) == prepared) {
        String name = fileName(Architecture.own(), prepared);
        return new Filter(PreparedFile.read(Seccomp.class, name), Profile.SPEC_ALLOW);
      }
    }
    return new Filter(compile(capabilities, Architecture.own()), Profile.SPEC_ALLOW);
  }

  /**
   * The filter of a profile in docker's JSON form.
   *
   * @param json the profile
   * @param capabilities of the container, bits by number
   * @throws InvalidException if it is no profile
   */
  public static Filter ofProfile(String json, long capabilities) {
    Architecture own = Architecture.own();
    String kernel = System.getProperty("os.version", "0.0");
    ProfileFile.Parsed parsed = new ProfileFile(capabilities, own, kernel).parse(json);
    return new Filter(
        Compiler.compile(parsed.profile(), parsed.architectures()), parsed.profile().flags());
  }

  /**
   * The default profile as the OCI runtime specification writes one (config-linux.md, Seccomp).
   *
   * @param capabilities of the container, bits by number
   */
  public static Json.Obj describeDefault(long capabilities) {
    return OciSeccomp.of(DefaultProfile.of(capabilities), architectures(Architecture.own()));
  }

  /**
   * A profile in docker's JSON form as the OCI runtime specification writes one, for a container
   * with these capabilities on this machine.
   *
   * @throws InvalidException if it is no profile
   */
  public static Json.Obj describe(String json, long capabilities) {
    String kernel = System.getProperty("os.version", "0.0");
    ProfileFile.Parsed parsed =
        new ProfileFile(capabilities, Architecture.own(), kernel).parse(json);
    return OciSeccomp.of(parsed.profile(), parsed.architectures());
  }

  private static List<Architecture> architectures(Architecture architecture) {
    List<Architecture> architectures = new ArrayList<>();
    architectures.add(architecture);
    Architecture older = architecture.older();
    if (older != null) {
      architectures.add(older);
    }
    return architectures;
  }

  static byte[] compile(long capabilities, Architecture architecture) {
    return Compiler.compile(DefaultProfile.of(capabilities), architectures(architecture));
  }

  private static String fileName(Architecture architecture, long capabilities) {
    return "default-" + architecture.go + "-" + Long.toHexString(capabilities) + ".bpf";
  }

  /**
   * Writes the prepared programs; run by the build.
   *
   * @param args the directory of this package's classes
   * @throws IOException if they cannot be written
   */
  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    for (Architecture architecture :
        new Architecture[] {Architecture.X86_64, Architecture.AARCH64}) {
      for (long capabilities : PREPARED) {
        Files.write(
            directory.resolve(fileName(architecture, capabilities)),
            compile(capabilities, architecture));
      }
    }
  }
}

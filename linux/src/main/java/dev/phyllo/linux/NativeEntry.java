package dev.phyllo.linux;

import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The one door to the kernel: a shared object of about a kilobyte that the build assembles itself
 * (see {@code dev.phyllo.linux.entry}), reached by two JNI functions.
 *
 * <p>JNI and not the foreign function API, because this costs nothing at start-up while the first
 * foreign call spins a score of hidden classes, some 50 ms on every run. The class is initialised,
 * and the object loaded, by the first call the kernel is asked; commands that ask nothing never
 * pay.
 */
final class NativeEntry {
  /** {@code call}: the system call {@code nr} with six arguments. */
  static final int SYSCALL = 0;

  /** {@code call}: clone3 and the walk of the plan at address a1; see {@link PlanLayout}. */
  static final int LAUNCH = 1;

  /** {@code call}: the address of the signal handler of {@link SignalRelay}. */
  static final int HANDLER = 2;

  /** {@code call}: the address of the code that returns from the handler (SA_RESTORER). */
  static final int RESTORER = 3;

  /** {@code call}: sets the descriptor that the handler writes to; a1, or -1 for none. */
  static final int RELAY_TO = 4;

  private static final @Nullable Unavailable UNAVAILABLE = load();

  private NativeEntry() {}

  /**
   * Does one of the things above.
   *
   * @return the kernel's answer: a value, or a negative error number
   */
  static native long call(long fn, long nr, long a1, long a2, long a3, long a4, long a5, long a6);

  /** Where a direct buffer's memory starts. */
  static native long address(ByteBuffer direct);

  /**
   * Why nothing can be called.
   *
   * @param system whether it is the machine that is of another kind, and not a file that is missing
   */
  private record Unavailable(boolean system, String thing, String why, String remedy) {
    PhylloException toException() {
      return system
          ? new UnsupportedException(thing, why, remedy)
          : new SystemException(thing, why, remedy, 0);
    }
  }

  /** Whether everything above can be called. */
  static boolean isAvailable() {
    return UNAVAILABLE == null;
  }

  /** Throws if there is no entry on this machine. */
  static void require() {
    Unavailable why = UNAVAILABLE;
    if (why != null) {
      throw why.toException();
    }
  }

  @SuppressWarnings("restricted")
  private static @Nullable Unavailable load() {
    String os = System.getProperty("os.name", "");
    String arch = System.getProperty("os.arch", "");
    String file =
        switch (arch) {
          case "amd64", "x86_64" -> "libphyllo-x86_64.so";
          case "aarch64" -> "libphyllo-aarch64.so";
          default -> "";
        };
    if (!os.equals("Linux") || file.isEmpty()) {
      return new Unavailable(
          true,
          os + " on " + arch,
          "containers and unpacking need Linux on x86-64 or aarch64",
          "image files can still be read, checked and copied here");
    }
    String directory = System.getProperty("dev.phyllo.native");
    try {
      if (directory != null) {
        System.load(Path.of(directory, file).toAbsolutePath().toString());
      } else {
        loadFromResource(file);
      }
      return null;
    } catch (IOException | UnsatisfiedLinkError e) {
      return new Unavailable(
          false,
          directory == null ? file : directory + "/" + file,
          "cannot be loaded: " + e.getMessage(),
          "build again, or point -Ddev.phyllo.native at the directory that holds it");
    }
  }

  /** A private directory, so that nobody can put another object in the place of ours. */
  @SuppressWarnings("restricted")
  private static void loadFromResource(String file) throws IOException {
    try (InputStream in = NativeEntry.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("not part of this build");
      }
      Path directory = Files.createTempDirectory("phyllo-native"); // made with mode 0700
      Path object = directory.resolve(file);
      try {
        Files.write(object, in.readAllBytes());
        System.load(object.toString());
      } finally {
        Files.deleteIfExists(object);
        Files.deleteIfExists(directory);
      }
    }
  }
}

package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Shell scripts as the user of a tree. */
final class ShellCommands {
  private ShellCommands() {}

  /** Runs a script in a directory; it has to succeed. Returns what it printed. */
  static String in(Path directory, String script) {
    try {
      Path log = Files.createTempFile("phyllo-test", ".log");
      try {
        // A tree mounted by descriptor has a name in this process only: lend it to the child.
        String place =
            directory
                .toString()
                .replace("/proc/self/", "/proc/" + ProcessHandle.current().pid() + "/");
        Process process =
            new ProcessBuilder("sh", "-ec", "cd '" + place + "'\n" + script)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("still running: " + script);
        }
        String printed = Files.readString(log, StandardCharsets.ISO_8859_1);
        assertEquals(0, process.exitValue(), script + "\n" + printed);
        return printed;
      } finally {
        Files.delete(log);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

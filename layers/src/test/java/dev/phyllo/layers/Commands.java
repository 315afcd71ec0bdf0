package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Programs of this machine that serve as a second opinion. */
final class Commands {
  private Commands() {}

  static void assumeInstalled(String program) {
    boolean found = false;
    for (String dir : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      found = found || Files.isExecutable(Path.of(dir, program));
    }
    assumeTrue(found, program + " is not installed");
  }

  /** GNU tar, the only one that has --sort. */
  static void assumeGnuTar() throws IOException, InterruptedException {
    assumeInstalled("tar");
    Path dir = Files.createTempDirectory("phyllo-tar");
    String version = output(dir, "tar --version");
    Files.delete(dir);
    assumeTrue(version.contains("GNU tar"), "tar is not GNU tar");
  }

  /** Runs a shell script in a directory; it has to succeed. Returns what it printed. */
  static String output(Path dir, String script) throws IOException, InterruptedException {
    Path log = Files.createTempFile("phyllo-test", ".log");
    try {
      Process process =
          new ProcessBuilder("sh", "-ec", script)
              .directory(dir.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      process.getOutputStream().close();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + script);
      }
      String printed =
          new String(Files.readAllBytes(log), java.nio.charset.StandardCharsets.ISO_8859_1);
      assertEquals(0, process.exitValue(), script + "\n" + printed);
      return printed;
    } finally {
      Files.delete(log);
    }
  }

  /** Whether a script succeeds. */
  static boolean succeeds(Path dir, String script) throws IOException, InterruptedException {
    try {
      output(dir, script);
      return true;
    } catch (AssertionError _) {
      return false;
    }
  }
}

package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Other engines' tools, each with a store of its own below the test's directory. */
abstract class InteropTestBase extends LoadTestBase {
  static void needs(String... tools) {
    for (String tool : tools) {
      boolean there = false;
      for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
        there |= Files.isExecutable(Path.of(directory, tool));
      }
      assumeTrue(there, "needs " + tool);
    }
  }

  static void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
  }

  /** Runs a tool and returns what it says on standard output. */
  byte[] run(String... command) throws IOException, InterruptedException {
    Path out = Files.createTempFile(temp, "out", "");
    Path err = Files.createTempFile(temp, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .directory(temp.toFile());
    builder.environment().put("STORAGE_DRIVER", "vfs");
    builder.environment().put("BUILDAH_ISOLATION", "chroot");
    Process process = builder.start();
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(String.join(" ", command) + ": not done after two minutes");
    }
    assertEquals(0, process.exitValue(), String.join(" ", command) + ": " + Files.readString(err));
    return Files.readAllBytes(out);
  }

  String[] buildah(String... arguments) {
    return tool("buildah", arguments);
  }

  String[] tool(String tool, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                tool,
                "--root",
                temp.resolve(tool + "-root").toString(),
                "--runroot",
                temp.resolve(tool + "-run").toString()));
    command.addAll(List.of(arguments));
    return command.toArray(String[]::new);
  }

  String[] podman(String... arguments) {
    String[] command = tool("podman", "--cgroup-manager", "cgroupfs");
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(arguments));
    return all.toArray(String[]::new);
  }
}

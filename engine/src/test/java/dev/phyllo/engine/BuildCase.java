package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A case of {@code build/src/test/resources/corpus}, which a file there describes.
 *
 * @param name its directory's name
 * @param directory its directory
 */
record BuildCase(String name, Path directory) {
  /** All of them, by name. */
  static List<BuildCase> all() throws IOException {
    Path corpus = corpus();
    try (Stream<Path> directories = Files.list(corpus)) {
      return directories
          .filter(Files::isDirectory)
          .sorted()
          .map(directory -> new BuildCase(directory.getFileName().toString(), directory))
          .filter(one -> !one.name.equals("base"))
          .toList();
    }
  }

  /** What the others stand on. */
  static BuildCase base() {
    return new BuildCase("base", corpus().resolve("base"));
  }

  private static Path corpus() {
    for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
      Path candidate = up.resolve("build/src/test/resources/corpus");
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    throw new AssertionError("no corpus above " + Path.of("").toAbsolutePath());
  }

  /** Further arguments of the command line; paths in them are relative to the context. */
  List<String> options() throws IOException {
    Path file = directory.resolve("options");
    return Files.exists(file) ? List.of(Files.readString(file).strip().split(" ", -1)) : List.of();
  }

  /** What the build adds to the base; empty if buildah is to say that. */
  List<String> expected() throws IOException {
    Path file = directory.resolve("expected");
    return Files.exists(file) ? Files.readAllLines(file) : List.of();
  }

  /** Makes the context: the same whoever checked the case out, and with whatever umask. */
  Path prepare(Path parent) throws IOException, InterruptedException {
    Path context = Files.createDirectories(parent.resolve(name));
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path from : (Iterable<Path>) all.sorted()::iterator) {
        Path to = context.resolve(directory.relativize(from).toString());
        if (Files.isDirectory(from)) {
          Files.createDirectories(to);
        } else {
          Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    if (name.equals("base")) {
      Files.copy(Path.of("/bin/busybox"), context.resolve("busybox"));
    }
    List<String> script = new ArrayList<>(List.of("set -eu", "umask 022"));
    script.add("find . -type d -exec chmod 755 {} +; find . -type f -exec chmod 644 {} +");
    script.add("test ! -e busybox || chmod 755 busybox");
    script.add("test ! -e setup.sh || . ./setup.sh");
    script.add("rm -f setup.sh expected");
    script.add("find . -exec touch -h -d '2001-02-03 04:05:06 UTC' {} +");
    run(context, List.of("/bin/sh", "-c", String.join("\n", script)));
    return context;
  }

  /** Runs a tool and returns what it says. */
  static String run(Path directory, List<String> command) throws IOException, InterruptedException {
    Path out = Files.createTempFile("phyllo-build-case", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(out.toFile());
      builder.environment().remove("SOURCE_DATE_EPOCH");
      Process process = builder.start();
      boolean done = process.waitFor(120, TimeUnit.SECONDS);
      if (!done) {
        process.destroyForcibly();
      }
      String said = Files.readString(out);
      assertTrue(done, command + " took more than two minutes: " + said);
      assertEquals(0, process.exitValue(), command + ": " + said);
      return said;
    } finally {
      Files.delete(out);
    }
  }
}

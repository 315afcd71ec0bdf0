package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A store of a test's own with an image of busybox in it, whose shell runs what the test wants. */
final class Box {
  final Phyllo phyllo;
  private final Path directory;

  private Box(Path directory) {
    this.directory = directory;
    this.phyllo = new Phyllo(directory.resolve("root"), directory);
  }

  /** The store with the image {@code box:1}. */
  static Box make(Path directory) throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    Box box = new Box(directory);
    box.load("box:1", new BusyboxImage(), "{\"Cmd\":[\"/bin/sh\"]}");
    return box;
  }

  /** Adds an image. */
  void load(String name, BusyboxImage image, String process) throws Exception {
    Path archive = image.write(directory.resolve(name.replace(':', '-') + ".tar"), name, process);
    Result loaded = phyllo.run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
  }

  /** Runs a script in {@code box:1}. */
  Result run(String script, String... options) throws Exception {
    return runIn("box:1", script, options);
  }

  Result runIn(String image, String script, String... options) throws Exception {
    return phyllo.run(
        Stream.of(
                Stream.of("run", "--rm"), Stream.of(options), Stream.of(image, "sh", "-c", script))
            .flatMap(s -> s)
            .toArray(String[]::new));
  }

  /** The output of a script that must succeed. */
  String output(String script, String... options) throws Exception {
    Result result = run(script, options);
    assertEquals(0, result.status(), result.err());
    return result.out();
  }

  /** Neither a container, nor a writable layer, nor a mount is left. */
  void assertNothingIsLeft() throws Exception {
    // What ran with a terminal is removed by the supervisor, when its last output is out.
    for (int i = 0; i < 100 && !entries("containers").isEmpty(); i++) {
      Thread.sleep(50);
    }
    assertEquals(List.of(), entries("containers"));
    assertEquals(List.of(), entries("snapshots/overlayfs/active"));
    assertFalse(
        Files.readString(Path.of("/proc/self/mountinfo")).contains(directory.toString()),
        "a mount is left");
  }

  private List<String> entries(String below) throws Exception {
    Path path = phyllo.namespace().resolve(below);
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(path)) {
      return list.map(p -> p.getFileName().toString()).toList();
    }
  }
}

package dev.phyllo.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole demonstration, as a process of its own: the container writes to its output. */
class DemoTest {
  @TempDir private Path dir;

  private record Result(int status, String output) {}

  @BeforeEach
  void needRoot() throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self")), "containers run on Linux only");
    assumeTrue(
        Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "containers need root");
  }

  private Result demo(String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Djava.io.tmpdir=" + Files.createDirectories(dir.resolve("tmp")));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.phyllo.cli.Main"));
    command.addAll(List.of("--root", dir.resolve("root").toString(), "demo"));
    command.addAll(List.of(options));
    Path output = dir.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
    int status = process.waitFor();
    return new Result(status, Files.readString(output, StandardCharsets.UTF_8));
  }

  @Test
  void itShowsTheWholeWayAndLeavesNothing() throws Exception {
    Result result = demo();
    assertEquals(0, result.status, result.output);
    for (String part :
        List.of(
            "1  Two file trees",
            "docker.io/library/handroll:latest",
            "-o lowerdir=2/fs:1/fs,upperdir=3/fs,workdir=3/work",
            "     hello from delta\n   $ ls -A /data\n   $ echo $$\n     1\n",
            "- overlay ",
            "/fs/seen.txt         written",
            "1/fs/hello.txt        \"hello from base\"",
            "1/fs/data/config.txt  \"base config\"",
            "2/fs/data/config.txt  device 0,0: overlayfs' own whiteout",
            "     pivot_root(\".\", \".\") = 0",
            "  D /hello.txt\n   A /seen.txt",
            "     .wh.hello.txt\n     seen.txt",
            "2 directories stand below both",
            "Removed")) {
      assertTrue(result.output.contains(part), part + "\n" + result.output);
    }
    assertFalse(result.output.contains("\u001b"), "colours on a file");
    assertFalse(Files.exists(dir.resolve("root")), "the root was left");
    try (var left = Files.list(dir.resolve("tmp"))) {
      assertEquals(List.of(), left.filter(p -> p.toString().contains("phyllo-demo")).toList());
    }
  }

  @Test
  void linesFitATerminalExceptForLongPaths() throws Exception {
    for (String line : demo().output.split("\n", -1)) {
      assertTrue(line.contains(dir.toString()) || line.length() <= 80, line);
    }
  }

  @Test
  void whatIsKeptCanBeLookedAt() throws Exception {
    Result result = demo("--keep");
    assertEquals(0, result.status, result.output);
    Path namespace = dir.resolve("root/ns/demo");
    assertTrue(Files.exists(namespace.resolve("content/index.json")));
    // A second one leaves the first alone.
    Result second = demo();
    assertEquals(0, second.status, second.output);
    assertTrue(Files.exists(namespace.resolve("content/index.json")));
    assertFalse(Files.exists(dir.resolve("root/ns/demo-2")));
  }

  /** The commands behind "same", each whole. */
  private static List<String> commands(String output) {
    List<String> commands = new ArrayList<>();
    String begun = "";
    for (String line : output.lines().toList()) {
      if (!begun.isEmpty() || line.startsWith("   same  ")) {
        String part = begun + (begun.isEmpty() ? line.substring(9) : line.strip());
        begun = part.endsWith("\\") ? part.substring(0, part.length() - 1) : "";
        if (begun.isEmpty()) {
          commands.add(part);
        }
      }
    }
    return commands;
  }

  @Test
  void theCommandsItNamesDoTheSame() throws Exception {
    Result result = demo("--keep");
    assertEquals(0, result.status, result.output);
    Path program = dir.resolve("phyllo");
    Files.writeString(
        program,
        "#!/bin/sh\nexec '"
            + Path.of(System.getProperty("java.home"), "bin", "java")
            + "' --enable-native-access=ALL-UNNAMED -cp '"
            + System.getProperty("java.class.path")
            + "' dev.phyllo.cli.Main \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    List<String> commands = commands(result.output);
    assertEquals(9, commands.size(), commands.toString());
    List<String> said = new ArrayList<>();
    for (String command : commands) {
      Path output = dir.resolve("same");
      ProcessBuilder builder =
          new ProcessBuilder("/bin/sh", "-c", command)
              .directory(dir.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().put("PATH", dir + ":" + System.getenv("PATH"));
      builder.environment().remove("SOURCE_DATE_EPOCH");
      assertEquals(0, builder.start().waitFor(), command + ": " + Files.readString(output));
      said.add(Files.readString(output));
    }
    // Brief digests: a dozen digits and an ellipsis.
    assertTrue(said.get(0).contains(digest(result.output, "gzip", 0)), said.get(0));
    assertTrue(said.get(1).contains(digest(result.output, "gzip", 1)), said.get(1));
    assertTrue(said.get(2).startsWith(digest(result.output, "manifest", 0)), said.get(2));
    assertEquals("Loaded image: handroll:latest\n", said.get(3));
    assertTrue(said.get(5).contains("lowerdir="), said.get(5));
    assertEquals("hello from delta\n1\n", said.get(7));
  }

  /** The digest in the line that has this word, of several the one so far down. */
  private static String digest(String output, String word, int which) {
    List<String> lines = output.lines().filter(l -> l.contains(" " + word + " ")).toList();
    String line = lines.get(which);
    int at = line.indexOf("sha256:");
    return line.substring(at, line.indexOf('…', at));
  }
}

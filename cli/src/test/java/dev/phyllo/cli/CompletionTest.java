package dev.phyllo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.engine.EngineOptions;
import dev.phyllo.engine.Phyllo;
import dev.phyllo.store.NamespaceDirs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bash completes, with a bash, a store and the program itself. */
class CompletionTest {
  @TempDir static Path dir;
  private static Path script;

  @BeforeAll
  static void makeAStore() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
    Path context = Files.createDirectories(dir.resolve("context"));
    Files.writeString(context.resolve("Containerfile"), "FROM scratch\nLABEL a=b\n");
    Path root = dir.resolve("store");
    for (String name : List.of("team/app:1", "team/tool")) {
      assertEquals(
          0,
          Main.run(
              new String[] {
                "--root", root.toString(), "build", "-q", "-t", name, context.toString()
              }));
    }
    assertTrue(Files.isDirectory(NamespaceDirs.open(root, "default").locks()));
    script = Files.writeString(dir.resolve("completion.bash"), output("completion", "bash"));
    Path program = dir.resolve("phyllo");
    Files.writeString(
        program,
        "#!/bin/sh\nexec '"
            + Path.of(System.getProperty("java.home"), "bin", "java")
            + "' -XX:+UseSerialGC -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED -cp '"
            + System.getProperty("java.class.path")
            + "' dev.phyllo.cli.Main \"$@\"\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  private static String output(String... words) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      assertEquals(0, Main.run(words));
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** What is offered for the last word of a line; words as bash breaks them. */
  private static List<String> completed(String... words) throws Exception {
    StringBuilder line = new StringBuilder("source " + script + "; COMP_WORDS=(");
    for (String word : words) {
      line.append(" '").append(word).append('\'');
    }
    line.append("); COMP_CWORD=").append(words.length - 1);
    line.append("; _phyllo; printf '%s\\n' \"${COMPREPLY[@]}\"");
    ProcessBuilder builder =
        new ProcessBuilder("/bin/bash", "--norc", "-c", line.toString()).redirectErrorStream(true);
    builder.environment().put("PATH", dir + ":" + System.getenv("PATH"));
    builder.environment().put("PHYLLO_ROOT", dir.resolve("store").toString());
    Process process = builder.directory(dir.toFile()).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    List<String> found = new ArrayList<>(text.lines().toList());
    found.removeIf(String::isEmpty);
    return found;
  }

  @Test
  void wordsOfAnOptionAreOfferedBehindItAndBehindAnEqualsSign() throws Exception {
    List<String> policies = List.of("no", "on-failure", "on-failure:", "always", "unless-stopped");
    assertEquals(policies, completed("phyllo", "run", "--restart", ""));
    assertEquals(policies, completed("phyllo", "run", "--restart", "="));
    assertEquals(List.of("unless-stopped"), completed("phyllo", "run", "--restart", "=", "u"));
    assertEquals(
        List.of("linux/arm64", "linux/arm/v7"),
        completed("phyllo", "pull", "--platform", "linux/arm"));
    assertEquals(List.of("docker"), completed("phyllo", "build", "--format", "d"));
    assertEquals(List.of("NET_ADMIN"), completed("phyllo", "create", "--cap-add", "NET_A"));
    assertEquals(List.of("status="), completed("phyllo", "ps", "-f", "st"));
    assertEquals(List.of("reference="), completed("phyllo", "images", "--filter", "r"));
    assertEquals(List.of("overlayfs"), completed("phyllo", "--snapshotter", "o"));
    assertEquals(List.of(), completed("phyllo", "run", "--name", ""), "a name is anybody's own");
  }

  @Test
  void filesAreOfferedWhereAFileIsWanted() throws Exception {
    assertTrue(completed("phyllo", "build", "-f", "comp").contains("completion.bash"));
    assertTrue(completed("phyllo", "load", "--input", "comp").contains("completion.bash"));
    assertFalse(completed("phyllo", "run", "-l", "").contains("completion.bash"));
  }

  @Test
  void namesOfTheStoreAreOffered() throws Exception {
    assertEquals(List.of("team/app:1"), completed("phyllo", "run", "team/a"));
    List<String> images = completed("phyllo", "mutate", "rebase", "--new-base", "team");
    assertEquals(List.of("team/app:1", "team/tool:latest"), images);
    assertEquals(
        List.of(), completed("phyllo", "--root", dir.resolve("other").toString(), "run", "team"));
  }

  @Test
  void networksAndVolumesAreOfferedBesideTheWordsThatAlwaysAre() throws Exception {
    assumeTrue(Phyllo.canRun() && "root".equals(System.getProperty("user.name")), "needs root");
    Phyllo engine = Phyllo.open(EngineOptions.at(dir.resolve("store")));
    engine.containers().volumes().create(Optional.of("data"), java.util.Map.of());
    assertEquals(List.of("data"), completed("phyllo", "run", "-v", "da"));
    assertEquals(List.of("data"), completed("phyllo", "volume", "rm", "d"));
    assertEquals(
        List.of("none", "host"), completed("phyllo", "run", "--network", "").subList(0, 2));
    assertEquals(List.of("none"), completed("phyllo", "run", "--network", "=", "no"));
  }

  @Test
  void whatCannotBeListedIsLeftOutWithoutAWord() throws IOException {
    Path file = Files.writeString(dir.resolve("no-store"), "x");
    assertEquals("", output("--root", file.toString(), "__complete", "images", "nonsense"));
  }
}

package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers whose root is a directory. */
class RootDirectoryTest {
  @TempDir static Path dir;
  private static Box box;

  @BeforeAll
  static void load() throws Exception {
    box = Box.make(dir);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    box.assertNothingIsLeft();
  }

  /** A tree with nothing but busybox. */
  private static Path tree(String name) throws Exception {
    Path tree = Files.createDirectories(dir.resolve(name));
    Path bin = Files.createDirectories(tree.resolve("bin"));
    Files.copy(BusyboxImage.busybox(), bin.resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
    Files.createSymbolicLink(bin.resolve("sh"), Path.of("busybox"));
    return tree;
  }

  private static Result run(Path tree, String script, String... options) throws Exception {
    return box.phyllo.run(
        Stream.of(
                Stream.of("run", "--rm", "--network", "none", "--rootfs", tree.toString()),
                Stream.of(options),
                Stream.of("sh", "-c", script))
            .flatMap(s -> s)
            .toArray(String[]::new));
  }

  private static String ok(String... words) throws Exception {
    Result r = box.phyllo.run(words);
    assertEquals(0, r.status(), String.join(" ", words) + ": " + r.err());
    return r.out();
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> list = Files.list(directory)) {
      return list.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void changesAreMadeInItAndItIsLeftWhenTheContainerIsRemoved() throws Exception {
    Path tree = tree("kept");
    ok("create", "--name", "kept", "--rootfs", tree.toString(), "sh", "-c", "echo 1 >> /made");
    ok("start", "-a", "kept");
    assertEquals("1\n", Files.readString(tree.resolve("made")));
    ok("start", "-a", "kept");
    assertEquals(
        tree.toRealPath() + "|",
        ok("inspect", "kept", "--format", "{{.Rootfs}}|{{.Image}}").strip());
    assertTrue(ok("ps", "-a").contains(tree.toRealPath().toString()));
    ok("cp", "kept:/made", dir.resolve("copied").toString());
    assertEquals("1\n1\n", Files.readString(dir.resolve("copied")));
    ok("export", "kept", "-o", dir.resolve("whole.tar").toString());
    ok("import", dir.resolve("whole.tar").toString(), "whole:1");
    assertEquals("1\n1\n", ok("run", "--rm", "--entrypoint", "busybox", "whole:1", "cat", "/made"));
    for (String[] words : new String[][] {{"diff", "kept"}, {"commit", "kept", "x:1"}}) {
      Result refused = box.phyllo.run(words);
      assertEquals(1, refused.status());
      assertTrue(refused.err().contains("phyllo import - NAME"), refused.err());
    }
    ok("rm", "kept");
    assertEquals("1\n1\n", Files.readString(tree.resolve("made")));
    assertTrue(Files.exists(tree.resolve("bin/busybox")));
  }

  @Test
  void withAnOverlayItStaysAsItIsAndTheContainerKeepsItsChanges() throws Exception {
    Path tree = tree("still");
    ok(
        "create",
        "--name",
        "over",
        "--rootfs",
        tree + ":O",
        "sh",
        "-c",
        "busybox rm -f /bin/gone; echo 1 >> /made; busybox cat /made");
    Files.createFile(tree.resolve("bin/gone"));
    assertEquals("1\n", ok("start", "-a", "over"));
    assertEquals("1\n1\n", ok("start", "-a", "over"));
    ok("rm", "over");
    assertEquals(List.of("bin"), names(tree));
    assertTrue(Files.exists(tree.resolve("bin/gone")));
  }

  @Test
  void linksInItLeadNowhereElse() throws Exception {
    Path tree = tree("links");
    Path host = Files.createDirectories(dir.resolve("host"));
    Files.writeString(host.resolve("passwd"), "evil:x:4711:0::/:/bin/sh\n");
    for (String name : List.of("etc", "work", "var")) {
      Files.createSymbolicLink(tree.resolve(name), host);
    }
    Files.createDirectories(dir.resolve("v"));
    Result r =
        run(
            tree,
            "busybox pwd; echo 1 > /var/x",
            "-w",
            "/work/here",
            "-v",
            dir.resolve("v") + ":/var/volume");
    assertEquals(0, r.status(), r.err());
    assertEquals(List.of("passwd"), names(host));
    assertTrue(Files.exists(tree.resolve(host.toString().substring(1)).resolve("here")));
    assertNotEquals(0, run(tree, "true", "-u", "evil").status());
    Path other = tree("procs");
    Files.createSymbolicLink(other.resolve("proc"), host);
    assertNotEquals(0, run(other, "true").status());
    assertEquals(List.of("passwd"), names(host));
  }

  @Test
  void nothingMountedInItAppearsOnAHostWhoseMountsAreShared() throws Exception {
    Path tree = tree("shared");
    List<String> command =
        box.phyllo.command(
            "run",
            "--rm",
            "--network",
            "none",
            "--rootfs",
            tree.toString(),
            "sh",
            "-c",
            "busybox touch /ran; busybox sleep 1");
    StringBuilder line = new StringBuilder();
    for (String word : command) {
      line.append(" '").append(word).append('\'');
    }
    Process p =
        new ProcessBuilder(
                "unshare",
                "-m",
                "sh",
                "-c",
                "mount --bind "
                    + tree
                    + " "
                    + tree
                    + " && mount --make-shared "
                    + tree
                    + " &&"
                    + line
                    + " & while kill -0 $! 2> /dev/null; do grep -E ' "
                    + tree
                    + "/(proc|dev|sys)' /proc/self/mountinfo; sleep 0.02; done; wait")
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("shared.out").toFile())
            .start();
    assertTrue(p.waitFor(120, TimeUnit.SECONDS));
    assertEquals("", Files.readString(dir.resolve("shared.out")));
    assertTrue(Files.exists(tree.resolve("ran")));
  }

  @Test
  void itGoesWithUsersOfItsOwn() throws Exception {
    Path tree = tree("users");
    Result r =
        run(tree, "busybox stat -c %u /bin/busybox; echo 1 > /made", "--uidmap", "0:600000:65536");
    if (r.status() == 125) {
      assertTrue(r.err().contains("cannot show owners mapped"), r.err());
      return;
    }
    assertEquals("0\n", r.out(), r.err());
    assertEquals(0, ((Number) Files.getAttribute(tree.resolve("made"), "unix:uid")).intValue());
  }

  @Test
  void whatIsNoDirectoryOrHasNoCommandIsSaid() throws Exception {
    Result none = box.phyllo.run("run", "--rm", "--rootfs", dir + "/none", "sh");
    assertEquals(2, none.status());
    assertTrue(none.err().contains("not a directory"), none.err());
    Path tree = tree("away");
    ok("create", "--name", "away", "--rootfs", tree.toString(), "sh");
    Files.move(tree, dir.resolve("moved"));
    Result gone = box.phyllo.run("start", "-a", "away");
    assertNotEquals(0, gone.status());
    assertTrue(gone.err().contains("no longer there"), gone.err());
    ok("rm", "away");
    assertFalse(Files.exists(tree));
  }
}

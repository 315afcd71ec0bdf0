package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Call;
import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cp} as a user meets it, and as an image would like to be met. */
class CopyTest {
  @TempDir static Path dir;
  private static Phyllo phyllo;
  private static Path secret;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    phyllo = new Phyllo(dir.resolve("root"), dir);
    secret = Files.createDirectory(dir.resolve("host"));
    Files.writeString(secret.resolve("passwd"), "of the host\n");
    Path archive =
        new BusyboxImage()
            .link("out", secret.toString())
            .link("up", "../../../../../../../.." + secret)
            .link("bin/ln", "busybox")
            .link("bin/mv", "busybox")
            .write(dir.resolve("box.tar"), "box:1", "{\"Cmd\":[\"/bin/sh\"]}");
    Result loaded = phyllo.run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
    assertEquals(
        0, phyllo.run("run", "--name", "old", "-v", "kept:/data/kept", "box:1", "true").status());
  }

  @AfterAll
  static void nothingIsLeft() throws Exception {
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(dir.toString()));
  }

  private static Result cp(String... words) throws Exception {
    return phyllo.run(Stream.concat(Stream.of("cp"), Stream.of(words)).toArray(String[]::new));
  }

  private static String text(String path) throws Exception {
    return Files.readString(dir.resolve(path));
  }

  @Test
  void aStoppedContainersFilesComeAndGoByDockersRules() throws Exception {
    String here = dir + "/";
    assertEquals("", cp("old:/data/config.txt", here + "one").err());
    assertEquals("of the image\n", text("one"));
    Files.createDirectory(dir.resolve("into"));
    assertEquals("", cp("old:/data", here + "into").err());
    assertEquals("of the image\n", text("into/data/config.txt"));
    assertEquals("", cp("old:/data/.", here + "into").err());
    assertEquals("of the image\n", text("into/config.txt"));
    assertEquals("", cp("old:/data", here + "new").err());
    assertEquals("of the image\n", text("new/config.txt"));
    assertEquals(1, cp("old:/data", here + "one").status());
    assertEquals(1, cp("old:/data/config.txt", here + "none/").status());
    assertEquals(1, cp("old:/nothing", here + "x").status());

    assertEquals("", cp(here + "into", "old:/tree").err());
    assertEquals("", cp(here + "one", "old:/tree/renamed").err());
    assertEquals("", cp(here + "one", "old:/data/kept/one").err());
    assertEquals(
        "of the image\n", Files.readString(phyllo.namespace().resolve("volumes/kept/_data/one")));
    Result tar = cp("old:/tree", "-");
    assertTrue(tar.out().contains("tree/renamed"), tar.err());
    assertEquals(
        "A /tree\nA /tree/config.txt\nA /tree/data\nA /tree/data/config.txt\nA /tree/data/kept\nA /tree/kept\nA /tree/renamed\n",
        phyllo.run("diff", "old").out());
  }

  /** CVE-2018-15664 begins so: a link in the container that leads to the host. */
  @Test
  void aLinkInTheContainerLeadsNowhereOnTheHost() throws Exception {
    Files.writeString(dir.resolve("evil"), "overwritten\n");
    assertEquals(1, cp(dir + "/evil", "old:/up/passwd").status());
    assertEquals(1, cp(dir + "/evil", "old:/out/passwd").status());
    assertEquals(1, cp("old:/up/passwd", dir + "/got").status());
    assertFalse(Files.exists(dir.resolve("got")));
    assertEquals("", cp("old:/out", dir + "/link").err());
    assertTrue(Files.isSymbolicLink(dir.resolve("link")), "the link itself is what is copied");
    assertEquals("of the host\n", Files.readString(secret.resolve("passwd")));
  }

  /** CVE-2018-15664: a process in the container exchanges a directory and a link all the while. */
  @Test
  void linksThatAreExchangedDuringACopyLeadNowhereOnTheHost() throws Exception {
    String swap =
        "mkdir /a /a/d; ln -s "
            + secret
            + " /l; touch /ready; while true; do mv /a/d /a/e 2> /dev/null;"
            + " ln -s "
            + secret
            + " /a/d 2> /dev/null; mv /a/d /a/f 2> /dev/null; mv /a/e /a/d 2> /dev/null; done";
    Call running = phyllo.start("", "run", "--rm", "--name", "swap", "box:1", "sh", "-c", swap);
    try {
      Path evil = Files.writeString(dir.resolve("evil2"), "overwritten\n");
      for (int i = 0; i < 100 && cp("swap:/ready", dir + "/ready").status() != 0; i++) {
        Thread.sleep(100);
      }
      for (int i = 0; i < 8; i++) {
        cp(evil.toString(), "swap:/a/d/passwd");
        cp("swap:/a/d/passwd", dir + "/taken");
        if (Files.exists(dir.resolve("taken"))) {
          assertEquals("overwritten\n", text("taken"));
        }
      }
      assertEquals(List.of("of the host"), Files.readAllLines(secret.resolve("passwd")));
      try (Stream<Path> files = Files.list(secret)) {
        assertEquals(1, files.count());
      }
    } finally {
      running.process().destroy();
      Thread.sleep(300);
      phyllo.run("kill", "swap");
      running.await();
    }
  }
}

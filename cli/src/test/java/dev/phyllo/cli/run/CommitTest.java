package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a container changed: listed, committed, exported, and run again. */
class CommitTest {
  @TempDir static Path dir;
  private static Phyllo phyllo;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    phyllo = new Phyllo(dir.resolve("root"), dir);
    Path archive =
        new BusyboxImage()
            .write(
                dir.resolve("box.tar"), "box:1", "{\"Cmd\":[\"/bin/sh\"],\"Env\":[\"A=image\"]}");
    done("load", "-i", archive.toString());
  }

  @AfterEach
  void nothingIsMounted() throws Exception {
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(dir.toString()));
  }

  /** Calls the program, which has to succeed; what it printed, without the last line break. */
  private static String done(String... words) throws Exception {
    Result result = phyllo.run(words);
    assertEquals(0, result.status(), Arrays.toString(words) + "\n" + result.err());
    return result.out().strip();
  }

  private static void container(String name, String script, String... options) throws Exception {
    List<String> words = new ArrayList<>(List.of("run", "--name", name));
    words.addAll(List.of(options));
    words.addAll(List.of("box:1", "sh", "-c", script));
    done(words.toArray(String[]::new));
  }

  @Test
  void anUnchangedContainerListsNothingThoughTheEngineMadeMountPoints() throws Exception {
    container("idle", "cat /etc/hosts > /dev/null", "-v", dir + ":/mnt/deep/host:ro");
    assertEquals("", done("diff", "idle"));
    String id = done("commit", "idle", "idle:1");
    assertTrue(id.startsWith("sha256:"), id);
    assertEquals(
        done("layers", "--format", "{{.DiffID}}", "box:1"),
        done("layers", "--format", "{{.DiffID}}", "idle:1"),
        "no layer is made of nothing");
  }

  @Test
  void changesAreListedAsDockerListsThem() throws Exception {
    container(
        "listed",
        "echo new > /etc/new; echo more >> /data/config.txt; mkdir -p /a/b; > /a/b/c; ./bin/busybox rm /etc/group");
    assertEquals(
        "A /a\nA /a/b\nA /a/b/c\nC /data\nC /data/config.txt\nC /etc\nD /etc/group\nA /etc/new",
        done("diff", "listed"));
    assertEquals(
        "{\"Type\":\"A\",\"Path\":\"/a\"}",
        done("diff", "--format", "json", "listed").lines().findFirst().orElseThrow());
  }

  @Test
  void aCommittedContainerRunsAndIsCommittedAgain() throws Exception {
    container(
        "first", "echo one > /one; echo changed > /data/config.txt", "-e", "B=run", "-w", "/data");
    done(
        "commit",
        "-a",
        "Me",
        "-m",
        "why",
        "--change",
        "CMD [\"cat\", \"/one\", \"config.txt\"]",
        "--change",
        "ENV C=$B-c",
        "first",
        "again:1");
    assertEquals("one\nchanged", done("run", "--rm", "again:1"));
    assertEquals("image run run-c", done("run", "--rm", "again:1", "sh", "-c", "echo $A $B $C"));
    done(
        "run",
        "--name",
        "second",
        "again:1",
        "sh",
        "-c",
        "echo two > /two; ./../bin/busybox rm /one");
    done("commit", "second", "again:2");
    assertEquals("two", done("run", "--rm", "again:2", "cat", "/two"));
    assertNotEquals(0, phyllo.run("run", "--rm", "again:2", "cat", "/one").status());
    assertEquals("D /one\nA /two", done("diff", "again:1", "again:2"));
    List<String> history =
        done("history", "--no-trunc", "--format", "{{.CreatedBy}}|{{.Comment}}", "again:2")
            .lines()
            .toList();
    assertEquals("sh -c echo two > /two; ./../bin/busybox rm /one|", history.get(0));
    assertEquals("sh -c echo one > /one; echo changed > /data/config.txt|why", history.get(1));
  }

  @Test
  void theSameChangeAtTheSameDateIsTheSameImage() throws Exception {
    container("dated", "echo x > /x");
    phyllo.environment("SOURCE_DATE_EPOCH", "1600000000");
    try {
      String first = done("commit", "dated", "dated:1");
      assertEquals(first, done("commit", "dated", "dated:2"));
      assertEquals("2020-09-13T12:26:40Z", done("inspect", "--format", "{{.Created}}", "dated:1"));
    } finally {
      phyllo.environment("SOURCE_DATE_EPOCH", null);
    }
    container("dated-again", "echo x > /x");
    assertNotEquals(done("commit", "dated", "dated:3"), done("commit", "dated-again", "dated:4"));
  }

  @Test
  void aCommitThatFailsNamesNothing() throws Exception {
    container("hostile", "> /etc/.wh.passwd");
    Result result = phyllo.run("commit", "hostile", "hostile:1");
    assertEquals(1, result.status());
    assertTrue(result.err().contains("etc/.wh.passwd"), result.err());
    assertFalse(done("images", "--format", "{{.Repository}}").contains("hostile"));
    assertNotEquals(0, phyllo.run("commit", "nobody", "x:1").status());
    assertNotEquals(0, phyllo.run("commit", "--change", "RUN x", "hostile", "x:1").status());
  }

  @Test
  void aCommittedImageIsTheSameTreeInAnotherStore() throws Exception {
    container(
        "moved", "mkdir /m; echo x > /m/x; ln -s x /m/l 2>/dev/null; ./bin/busybox ln /m/x /m/h");
    done("commit", "moved", "moved:1");
    Path archive = dir.resolve("moved.tar");
    done("save", "-o", archive.toString(), "moved:1");
    Phyllo other = new Phyllo(dir.resolve("other"), dir);
    assertEquals(0, other.run("load", "-i", archive.toString()).status());
    assertEquals(
        done("inspect", "--format", "{{.Id}}", "moved:1"),
        other.run("inspect", "--format", "{{.Id}}", "moved:1").out().strip());
    assertEquals("x", other.run("run", "--rm", "moved:1", "cat", "/m/h").out().strip());
  }

  @Test
  void anExportedTreeIsImportedAsOneLayer() throws Exception {
    container("whole", "echo hello > /greeting");
    Path tar = dir.resolve("whole.tar");
    done("export", "-o", tar.toString(), "whole");
    List<String> names = names(tar);
    assertEquals("./", names.getFirst());
    assertTrue(names.contains("bin/busybox") && names.contains("greeting"), names.toString());
    done("import", "--change", "CMD cat /greeting", "-m", "by hand", tar.toString(), "whole:1");
    assertEquals("hello", done("run", "--rm", "whole:1"));
    assertEquals("by hand", done("history", "--format", "{{.Comment}}", "whole:1"));
    assertEquals("", done("diff", "whole", "whole:1"));
  }

  @Test
  void anImportWithoutANameIsFoundByItsId() throws Exception {
    Path tar = dir.resolve("unnamed.tar");
    container("unnamed", "true");
    done("export", "-o", tar.toString(), "unnamed");
    String id = done("import", tar.toString());
    assertEquals("1", done("run", "--rm", id, "sh", "-c", "echo $$"));
  }

  @Test
  void aTagIsAnotherNameForTheSameImage() throws Exception {
    done("tag", "box:1", "registry.example.com/tools/box:2");
    assertEquals(
        done("inspect", "--format", "{{.Id}}", "box:1"),
        done("inspect", "--format", "{{.Id}}", "registry.example.com/tools/box:2"));
    assertEquals(1, phyllo.run("tag", "nosuch:1", "x:1").status());
  }

  private static List<String> names(Path tar) throws Exception {
    List<String> names = new ArrayList<>();
    try (InputStream in = Files.newInputStream(tar);
        TarReader reader = new TarReader(in, TarLimits.DEFAULT, tar.toString())) {
      for (TarEntry e = reader.next(); e != null; e = reader.next()) {
        RawPath name = e.name();
        names.add(name.toString());
      }
    }
    return names;
  }
}

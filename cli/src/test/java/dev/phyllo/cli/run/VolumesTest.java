package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes as a user meets them: what is in them, whom they outlive, and what is refused. */
class VolumesTest {
  @TempDir static Path dir;
  private static Phyllo phyllo;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    phyllo = new Phyllo(dir.resolve("root"), dir);
    Files.writeString(Files.createDirectory(dir.resolve("host")).resolve("secret"), "host\n");
    load(new BusyboxImage(), "box:1", "{\"Cmd\":[\"/bin/sh\"]}");
    load(
        new BusyboxImage()
            .directory("var")
            .directory("var/kept")
            .link("trap", "" + dir.resolve("host")),
        "box:declared",
        "{\"Cmd\":[\"/bin/sh\"],\"Volumes\":{\"/var/kept\":{},\"/trap\":{}}}");
  }

  private static void load(BusyboxImage image, String name, String process) throws Exception {
    Path archive = image.write(dir.resolve("box.tar"), name, process);
    Result loaded = phyllo.run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    assertFalse(
        Files.readString(Path.of("/proc/self/mountinfo")).contains(dir.toString()),
        "a mount is left");
    for (String volume : volumes()) {
      assertEquals("", phyllo.run("volume", "rm", volume).err());
    }
  }

  private static List<String> volumes() throws Exception {
    Path path = phyllo.namespace().resolve("volumes");
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(path)) {
      return list.map(p -> p.getFileName().toString()).toList();
    }
  }

  private static Result box(String script, String... options) throws Exception {
    return image("box:1", script, options);
  }

  private static Result image(String image, String script, String... options) throws Exception {
    return phyllo.run(
        Stream.of(
                Stream.of("run", "--rm"), Stream.of(options), Stream.of(image, "sh", "-c", script))
            .flatMap(s -> s)
            .toArray(String[]::new));
  }

  @Test
  void aNewVolumeGetsWhatTheImageHasThereAndOutlivesItsContainers() throws Exception {
    Result first =
        box("cat /data/config.txt; echo mine > /data/own; chmod 750 /data", "-v", "v1:/data");
    assertEquals("of the image\n", first.out(), first.err());
    assertEquals("config.txt\nown\n", box("ls /x", "-v", "v1:/x").out());
    // Not copied again: the volume is no longer new.
    Path data = phyllo.namespace().resolve("volumes/v1/_data");
    Files.delete(data.resolve("config.txt"));
    assertEquals("own\n", box("ls /data", "-v", "v1:/data:ro").out());
    assertEquals(1, box("touch /data/x", "-v", "v1:/data:ro").status());
    assertEquals(
        data + "\n", phyllo.run("volume", "inspect", "--format", "{{.Mountpoint}}", "v1").out());
    assertEquals("", box("ls /data", "-v", "v2:/data:nocopy").out());
  }

  /** CVE-2022-23648: a volume's path that is a link led its copy to the host's files. */
  @Test
  void anImagesLinkInThePlaceOfAVolumeBringsNothingOfTheHost() throws Exception {
    Result run =
        image("box:declared", "ls -A /trap; echo end", "-v", "v3:/trap", "-v", "/var/kept");
    assertEquals("end\n", run.out(), run.err());
    try (Stream<Path> list = Files.list(phyllo.namespace().resolve("volumes/v3/_data"))) {
      assertEquals(0, list.count());
    }
    assertEquals(List.of("v3"), volumes());
  }

  @Test
  void anImagesVolumesGoWithTheirContainerOnlyIfThatIsAskedFor() throws Exception {
    assertEquals("", image("box:declared", "touch /var/kept/x").err());
    assertEquals(List.of(), volumes(), "--rm takes them along");
    phyllo.run("run", "--name", "one", "box:declared", "touch", "/var/kept/one");
    assertEquals(2, volumes().size());
    Result lent = box("ls /var/kept", "--volumes-from", "one:ro");
    assertEquals("one\n", lent.out(), lent.err());
    assertEquals(2, volumes().size(), "the borrower's end takes nothing");
    assertEquals("", phyllo.run("rm", "one").err());
    assertEquals(2, volumes().size());
    phyllo.run("run", "--name", "two", "box:declared", "true");
    assertEquals(4, volumes().size());
    assertEquals("", phyllo.run("rm", "-v", "two").err());
    assertEquals(2, volumes().size());
    assertTrue(phyllo.run("volume", "prune", "-f").out().startsWith("Deleted Volumes:"));
    assertEquals(List.of(), volumes());
  }

  @Test
  void aVolumeInUseStays() throws Exception {
    assertEquals("kept\n", phyllo.run("volume", "create", "--label", "a=b", "kept").out());
    phyllo.run("run", "--name", "user", "-v", "kept:/data", "box:1", "true");
    Result refused = phyllo.run("volume", "rm", "kept");
    assertEquals(1, refused.status());
    assertTrue(refused.err().contains("in use by container user"), refused.err());
    assertEquals(
        "Total reclaimed space: 0 B\n",
        phyllo.run("volume", "prune", "-af").out().replace("0B", "0 B"));
    assertEquals("kept\n", phyllo.run("volume", "ls", "-q", "--filter", "label=a=b").out());
    assertEquals("", phyllo.run("volume", "ls", "-q", "--filter", "dangling=true").out());
    phyllo.run("rm", "user");
    assertEquals("kept\n", phyllo.run("volume", "rm", "kept").out());
  }

  @Test
  void memoryHasTheSizeAndModeThatWereAskedFor() throws Exception {
    Result run =
        box(
            "mount | grep -c 'on /t type tmpfs.*nosuid,nodev,noexec.*size=64k'; ls -ld /t /data;"
                + " head -c 100000 /dev/zero > /t/x; echo $?",
            "--tmpfs",
            "/t:size=64k,mode=1770",
            "--mount",
            "type=tmpfs,dst=/data");
    assertTrue(run.out().contains("\ndrwxrwx--T"), run.out() + run.err());
    assertTrue(run.out().contains("\ndrwxr-xr-x"), "the mode of what it hides: " + run.out());
    assertTrue(run.out().startsWith("1\n") && run.out().endsWith("1\n"), run.out());
  }

  @Test
  void aMissingSourceIsMadeForVOnly() throws Exception {
    Path made = dir.resolve("made/here");
    assertEquals("", box("ls /x", "-v", made + ":/x").err());
    assertTrue(Files.isDirectory(made));
    Result refused = box("true", "--mount", "type=bind,src=" + dir + "/none,dst=/x");
    assertEquals(125, refused.status());
    assertTrue(refused.err().contains(dir + "/none: the source of the mount at /x"), refused.err());
    assertFalse(Files.exists(dir.resolve("none")));
  }

  @Test
  void readOnlyHoldsForWhatIsMountedBelow() throws Exception {
    // /proc is a tree of mounts in a container; on the host at least /dev has others below it.
    Result run = box("touch /d/shm/phyllo-volumes-test; echo $?", "-v", "/dev:/d:ro");
    assertEquals("1\n", run.out(), run.err());
  }

  @Test
  void aPrivateMountCannotBePassedOn() throws Exception {
    Path in = Files.createDirectory(dir.resolve("private"));
    Path out = Files.createTempFile(dir, "out", "");
    // In a mount namespace of its own, where nothing is shared.
    Process process =
        new ProcessBuilder(
                "unshare",
                "-m",
                "--propagation",
                "private",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.phyllo.cli.Main",
                "--root",
                dir.resolve("root").toString(),
                "run",
                "--rm",
                "-v",
                in + ":/x:rshared",
                "box:1",
                "true")
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    assertEquals(125, process.waitFor());
    assertTrue(Files.readString(out).contains("which is not shared"), Files.readString(out));
  }

  @Test
  void aPlaceGivenTwiceIsAWrongCommandLine() throws Exception {
    assertEquals(2, box("true", "-v", "/a:/x", "-v", "v9:/x/").status());
  }
}

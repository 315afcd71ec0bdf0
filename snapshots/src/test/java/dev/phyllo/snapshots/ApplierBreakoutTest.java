package dev.phyllo.snapshots;

import static dev.phyllo.snapshots.Needs.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Archives that try to reach outside their layer. Each test ends by comparing everything around the
 * layer with what was there before; the cases are those known from containerd's tests of the same
 * matter, and some more.
 */
class ApplierBreakoutTest {
  @TempDir Path temp;
  private Path outside;
  private Path layer;
  private String before = "";

  @BeforeEach
  void makeAWorldAroundTheLayer() throws IOException {
    Needs.root();
    outside = temp.resolve("outside");
    layer = Files.createDirectories(outside.resolve("1/fs"));
    Files.createDirectories(outside.resolve("2/fs"));
    Files.createDirectories(outside.resolve("etc"));
    Files.writeString(outside.resolve("etc/passwd"), "the host's");
    Files.writeString(outside.resolve("secret"), "the host's");
    Files.createSymbolicLink(outside.resolve("1/up"), Path.of("../etc"));
    before = world();
  }

  @AfterEach
  void theWorldAroundIsAsItWas() throws IOException {
    if (!before.isEmpty()) {
      assertEquals(before, world());
    }
    Trees.remove(outside);
  }

  /** Everything but what is in the layer; the layer's own directory may get a new time. */
  private String world() throws IOException {
    StringBuilder text = new StringBuilder();
    TreeText.of(outside)
        .forEach((path, line) -> {
          if (!path.toString().startsWith("1/fs") && !path.toString().startsWith("2/fs")) {
            text.append(path).append(' ').append(line).append('\n');
          }
        });
    text.append(Files.exists(Path.of("/phyllo-breakout")));
    return text.toString();
  }

  /** Each case runs against a layer of either kind: the overlay's, and beside it a plain tree. */
  private Archive archive() {
    return new Archive().beside(outside.resolve("2/fs"));
  }

  private Archive withPasswd() {
    return archive().dir("etc", 0770).file("/etc/passwd", "inside");
  }

  private void sameFile(String a, String b) throws IOException {
    assertTrue(Files.isSameFile(inside(a), inside(b)), a + " is not " + b);
  }

  /** A path in the layer whose parents are no links. */
  private Path inside(String name) {
    return layer.resolve(name);
  }

  private String text(String name) throws IOException {
    return Files.readString(inside(name));
  }

  // Names.

  @Test
  void dotDotNamesStayInside() throws IOException {
    archive()
        .file("../escaped", "x")
        .file("../../../../../../../phyllo-breakout", "x")
        .file("a/../../b", "x")
        .file("etc/../../secret", "x")
        .applyTo(layer);
    assertTrue(Files.exists(inside("escaped")));
    assertTrue(Files.exists(inside("phyllo-breakout")));
    assertTrue(Files.exists(inside("b")));
    assertEquals("x", text("secret"));
  }

  @Test
  void absoluteNamesStayInside() throws IOException {
    archive().file("/phyllo-breakout", "x").file("//phyllo-2", "x").applyTo(layer);
    assertTrue(Files.exists(inside("phyllo-breakout")));
    assertTrue(Files.exists(inside("phyllo-2")));
  }

  @Test
  void theRootCannotBeReplaced() throws IOException {
    archive()
        .symlink(".", "/etc")
        .symlink("/.", "../../etc")
        .symlink("..", "/")
        .file("./.", "x")
        .hardlink(".", "etc/passwd")
        .device("x/..", TarEntry.Type.CHARACTER_DEVICE, 1, 3)
        .file("passwd", "inside")
        .applyTo(layer);
    assertTrue(Files.isDirectory(layer, LinkOption.NOFOLLOW_LINKS));
    assertEquals("inside", text("passwd"));
  }

  // Symbolic links as directories.

  @Test
  void anAbsoluteLinkLeadsToTheLayersRoot() throws IOException {
    archive()
        .dir("etc")
        .symlink("localetc", "/etc")
        .file("/localetc/unbroken", "ok")
        .applyTo(layer);
    assertEquals("ok", text("etc/unbroken"));
  }

  @Test
  void aLinkUpAndOutStaysInside() throws IOException {
    archive()
        .dir("etc")
        .dir("dummy")
        .symlink("localetc", "/dummy/../etc")
        .file("/localetc/unbroken", "ok")
        .symlink("far", "../../../../../../../../etc")
        .file("far/two", "ok")
        .applyTo(layer);
    assertEquals("ok", text("etc/unbroken"));
    assertEquals("ok", text("etc/two"));
  }

  @Test
  void chainsOfAbsoluteLinksStayInside() throws IOException {
    archive()
        .dir("etc")
        .dir("dummy")
        .symlink("/dummy/etc", "/etc")
        .symlink("localetc", "/dummy/etc")
        .file("/localetc/unbroken", "ok")
        .applyTo(layer);
    assertEquals("ok", text("etc/unbroken"));
  }

  @Test
  void chainsOfRelativeLinksStayInside() throws IOException {
    archive()
        .dir("etc")
        .dir("dummy")
        .symlink("/dummy/etc", "/etc")
        .symlink("localetc", "./dummy/etc")
        .file("/localetc/unbroken", "ok")
        .applyTo(layer);
    assertEquals("ok", text("etc/unbroken"));
  }

  @Test
  void anEmptyFileThroughALinkEmptiesTheInnerFile() throws IOException {
    archive()
        .dir("etc")
        .file("etc/emptied", "notempty")
        .symlink("localetc", "/etc")
        .file("/localetc/emptied", "")
        .applyTo(layer);
    assertEquals("", text("etc/emptied"));
  }

  @Test
  void aLinkInThePlaceOfAFileIsReplacedAndNotWrittenThrough() throws IOException {
    archive()
        .symlink("target", outside.resolve("secret").toString())
        .symlink("relative", "../../secret")
        .file("target", "new")
        .file("relative", "new")
        .applyTo(layer);
    assertFalse(Files.isSymbolicLink(inside("target")));
    assertEquals("new", text("target"));
    assertEquals("new", text("relative"));
  }

  @Test
  void aLinkInThePlaceOfADirectoryIsReplaced() throws IOException {
    archive()
        .symlink("d", outside.resolve("etc").toString())
        .dir("d", 0700)
        .file("d/passwd", "inside")
        .applyTo(layer);
    assertTrue(Files.isDirectory(inside("d"), LinkOption.NOFOLLOW_LINKS));
    assertEquals("inside", text("d/passwd"));
  }

  @Test
  void aLinkToWhatIsMissingMakesThatInside() throws IOException {
    archive().symlink("l", "/usr/share/x").file("l/f", "ok").applyTo(layer);
    assertEquals("ok", text("usr/share/x/f"));
  }

  @Test
  void linksInACircleAreRefused() {
    Archive archive = archive().symlink("a", "b").symlink("b", "a").file("a/f", "x");
    InvalidException e = assertThrows(InvalidException.class, () -> archive.applyTo(layer));
    assertTrue(message(e).contains("too many symbolic links"), message(e));
  }

  @Test
  void aFileAsADirectoryIsRefused() {
    Archive archive = archive().file("f", "x").file("f/g", "x");
    InvalidException e = assertThrows(InvalidException.class, () -> archive.applyTo(layer));
    assertTrue(message(e).contains("not a directory"), message(e));
  }

  @Test
  void aDirectoryTurnedIntoALinkAndBackStaysInside() throws IOException {
    Path victim = Path.of("/tmp/phyllo-breakout-" + ProcessHandle.current().pid());
    String name = "foo" + victim;
    archive()
        .dir("foo")
        .dir("foo/tmp")
        .file(name, "012")
        .symlink("foo", "/")
        .file(name, "345")
        .dir("foo")
        .dir("foo/tmp")
        .file(name, "678")
        .applyTo(layer);
    assertFalse(Files.exists(victim));
    assertEquals("678", text(name));
    assertEquals("345", text(victim.toString().substring(1)));
  }

  @Test
  void aLinkWithAnEmptyNameOrDotDotAsItsLastNameDoesNothing() throws IOException {
    withPasswd()
        .symlink("..", "/etc/")
        .symlink(".", "/etc/")
        .hardlink("localpasswd", "/etc/passwd")
        .applyTo(layer);
    sameFile("localpasswd", "etc/passwd");
  }

  @Test
  void aNameEndingInDotDotIsItsGrandparent() throws IOException {
    withPasswd()
        .symlink("localetc/sub/..", "/etc/")
        .hardlink("/localetc/localpasswd", "/etc/passwd")
        .applyTo(layer);
    assertTrue(Files.isSymbolicLink(inside("localetc")));
    sameFile("etc/localpasswd", "etc/passwd");
  }

  // Hard links.

  @Test
  void hardLinksThroughRelativeLinksStayInside() throws IOException {
    withPasswd()
        .dir("breakouts")
        .symlink("breakouts/d1", "../../etc")
        .hardlink("breakouts/mypasswd", "/breakouts/d1/passwd")
        .applyTo(layer);
    sameFile("breakouts/mypasswd", "etc/passwd");
  }

  @Test
  void hardLinksDownAndOutStayInside() throws IOException {
    withPasswd()
        .dir("breakouts")
        .dir("downandout")
        .symlink("breakouts/d1", "../downandout/../../etc")
        .hardlink("breakouts/mypasswd", "/breakouts/d1/passwd")
        .applyTo(layer);
    sameFile("breakouts/mypasswd", "etc/passwd");
  }

  @Test
  void hardLinksThroughAbsoluteLinksStayInside() throws IOException {
    withPasswd()
        .symlink("localetc", "/etc")
        .hardlink("localpasswd", "/localetc/passwd")
        .symlink("long", "../../../../../../../etc")
        .hardlink("localpasswd2", "/long/passwd")
        .applyTo(layer);
    sameFile("localpasswd", "etc/passwd");
    sameFile("localpasswd2", "etc/passwd");
  }

  @Test
  void hardLinksByDotDotAndAbsoluteNamesStayInside() throws IOException {
    withPasswd()
        .hardlink("one", "../../../../../etc/passwd")
        .hardlink("two", "/etc/passwd")
        .applyTo(layer);
    sameFile("one", "etc/passwd");
    sameFile("two", "etc/passwd");
  }

  @Test
  void aHardLinkToAFileOutsideIsRefused() {
    for (String target :
        new String[] {"../../secret", outside.resolve("secret").toString(), "/etc/hostname"}) {
      Archive archive = archive().hardlink("stolen", target);
      InvalidException e = assertThrows(InvalidException.class, () -> archive.applyTo(layer));
      assertTrue(message(e).contains("neither this layer nor one below"), message(e));
    }
  }

  @Test
  void aHardLinkToALinkIsThatLinkAndChangesNothingBehindIt() throws IOException {
    Path secret = outside.resolve("secret");
    archive()
        .symlink("passwdlink", "../../../../../etc/passwd")
        .hardlink("localpasswd", "/passwdlink")
        .symlink("to-secret", secret.toString())
        .add(
            Archive.entry("sketchy", TarEntry.Type.HARDLINK)
                .linkName(dev.phyllo.layers.RawPath.of("to-secret"))
                .mode(0777)
                .owner(12, 34)
                .build())
        .applyTo(layer);
    assertTrue(Files.isSymbolicLink(inside("localpasswd")));
    assertEquals(
        Path.of("../../../../../etc/passwd"), Files.readSymbolicLink(inside("localpasswd")));
    assertTrue(Files.isSymbolicLink(inside("sketchy")));
  }

  @Test
  void writingToAHardLinksNameDoesNotWriteToTheFile() throws IOException {
    withPasswd().hardlink("second", "etc/passwd").file("second", "different").applyTo(layer);
    assertEquals("inside", text("etc/passwd"));
    assertEquals("different", text("second"));
  }

  @Test
  void aHardLinkBeforeItsTargetsTargetExistsIsALink() throws IOException {
    archive()
        .dir("etc", 0770)
        .symlink("localpasswd", "/etc/passwd")
        .hardlink("localpasswd-dup", "localpasswd")
        .file("/etc/passwd", "after")
        .applyTo(layer);
    assertTrue(Files.isSymbolicLink(inside("localpasswd-dup")));
    assertEquals("after", text("etc/passwd"));
  }

  @Test
  void hardLinksToDirectoriesAndToNothingAreRefused() {
    for (String target : new String[] {"d", "/", "..", "nothing"}) {
      Archive archive = archive().dir("d").hardlink("l", target);
      assertThrows(InvalidException.class, () -> archive.applyTo(layer), target);
    }
  }

  // Replacing across what was there before.

  @Test
  void aLinkReplacesADirectoryAndDirectoriesReplaceLinks() throws IOException {
    for (String target : new String[] {"/etc", "../../etc"}) {
      withPasswd().dir("localetc").file("localetc/old", "x").applyPlain(layer);
      archive()
          .symlink("localetc", target)
          .hardlink("/localetc/localpasswd", "/etc/passwd")
          .applyPlain(layer);
      sameFile("etc/localpasswd", "etc/passwd");
      archive()
          .dir("/localetc/")
          .hardlink("/localetc/localpasswd", "/etc/passwd")
          .applyPlain(layer);
      assertTrue(Files.isDirectory(inside("localetc"), LinkOption.NOFOLLOW_LINKS));
      sameFile("localetc/localpasswd", "etc/passwd");
      Trees.remove(inside("etc"));
      Trees.remove(inside("localetc"));
    }
  }

  @Test
  void aFileInAReplacedLinkIsNotTheFileBehindTheLink() throws IOException {
    withPasswd().symlink("localetc", "etc").applyPlain(layer);
    archive().dir("/localetc/").file("/localetc/passwd", "different").applyPlain(layer);
    assertEquals("inside", text("etc/passwd"));
    assertEquals("different", text("localetc/passwd"));
  }

  // Whiteouts.

  @Test
  void whiteoutsOfDotAndDotDotAreRefused() throws IOException {
    for (WhiteoutStyle style : new WhiteoutStyle[] {WhiteoutStyle.PLAIN, WhiteoutStyle.OVERLAY}) {
      withPasswd().applyPlain(layer);
      for (String name :
          new String[] {".wh...", "etc/.wh...", ".wh..", "etc/.wh..", ".wh.", "etc/.wh."}) {
        byte[] archive = archive().empty(name).bytes();
        assertThrows(
            InvalidException.class,
            () -> Archive.apply(archive, layer, style, java.util.List.of(layer)),
            name);
      }
      assertEquals("inside", text("etc/passwd"));
      Trees.remove(inside("etc"));
    }
  }

  @Test
  void aWhiteoutOfALinkDeletesTheLinkOnly() throws IOException {
    withPasswd().symlink("localetc", "/etc").applyPlain(layer);
    archive().empty(".wh.localetc").applyPlain(layer);
    assertEquals("inside", text("etc/passwd"));
    assertFalse(Files.exists(inside("localetc"), LinkOption.NOFOLLOW_LINKS));
  }

  @Test
  void aWhiteoutThroughALinkedDirectoryDeletesInside() throws IOException {
    withPasswd()
        .file("etc/whitedout", "x")
        .symlink("localetc", "/etc")
        .symlink("out", outside.resolve("etc").toString())
        .applyPlain(layer);
    archive()
        .empty("localetc/.wh.whitedout")
        .empty("out/.wh.passwd")
        .empty("out/.wh..wh..opq")
        .applyPlain(layer);
    assertEquals("inside", text("etc/passwd"));
    assertFalse(Files.exists(inside("etc/whitedout")));
  }

  @Test
  void aWhiteoutBelowADeadLinkDeletesNothing() throws IOException {
    withPasswd().symlink("localetc", "/dne").applyPlain(layer);
    archive().empty("localetc/.wh.etc").applyPlain(layer);
    assertEquals("inside", text("etc/passwd"));
  }

  @Test
  void aWhiteoutByADotDotNameDeletesInside() throws IOException {
    withPasswd().applyPlain(layer);
    archive()
        .empty("dne/../.wh.etc")
        .empty("../../.wh.secret")
        .empty("../.wh.up")
        .applyPlain(layer);
    assertFalse(Files.exists(inside("etc")));
  }

  @Test
  void aDirectoryNamedLikeAWhiteoutIsADirectory() throws IOException {
    archive().file(".wh.etc/somefile", "non-empty").applyPlain(layer);
    assertEquals("non-empty", text(".wh.etc/somefile"));
  }

  // Devices and attributes.

  @Test
  void namesOfDevicesAreNamesOnly() throws IOException {
    archive()
        .device("dev/null", TarEntry.Type.CHARACTER_DEVICE, 1, 3)
        .file("dev/null", "a file now")
        .device("fifo", TarEntry.Type.FIFO, 0, 0)
        .file("fifo", "not written to the fifo")
        .applyTo(layer);
    assertEquals("a file now", text("dev/null"));
    assertEquals("not written to the fifo", text("fifo"));
  }

  @Test
  void overlayAttributesInTheArchiveAreLeftOut() {
    byte[] value = Trees.bytes("/etc");
    archive()
        .add(
            Archive.entry("d", TarEntry.Type.DIRECTORY)
                .xattr("trusted.overlay.redirect", value)
                .xattr("trusted.overlay.opaque", Trees.bytes("y"))
                .xattr("user.overlay.opaque", Trees.bytes("y"))
                .xattr("user.kept", value)
                .build())
        .applyTo(layer);
    String line = TreeText.textOf(layer);
    assertTrue(line.contains("user.kept="), line);
    assertFalse(line.contains("overlay"), line);
  }

  @Test
  void namesWithNulBytesAreRefused() {
    Consumer<String> refused =
        name -> {
          Archive archive = archive();
          assertThrows(PhylloException.class, () -> archive.file(name, "x").applyTo(layer), name);
        };
    refused.accept("a\0b");
  }

  // Across layers.

  @Test
  void aLinkInALowerLayerIsNotFollowedOut() throws IOException {
    Path lower = layer;
    Path upper = Files.createDirectories(temp.resolve("upper"));
    archive()
        .symlink("out", outside.resolve("etc").toString())
        .symlink("up", "../../etc")
        .applyTo(lower);
    Archive archive = archive().file("out/new", "x").file("up/new", "x").empty("out/.wh.passwd");
    archive.applyTo(upper, lower);
    assertTrue(Files.isDirectory(upper.resolve("out"), LinkOption.NOFOLLOW_LINKS));
    assertThrows(
        InvalidException.class,
        () -> archive().hardlink("stolen", "up/passwd").applyTo(upper, lower));
  }

  // While someone else is at it.

  @Test
  void anotherProcessExchangingDirectoriesAndLinksMeanwhileCannotLeadItOut() throws Exception {
    Files.createDirectories(layer.resolve("d"));
    Files.createSymbolicLink(layer.resolve("evil"), outside.resolve("etc"));
    Archive archive = archive();
    for (int i = 0; i < 300; i++) {
      archive
          .dir("d", 0700 + i % 8)
          .file("d/passwd", "x")
          .file("d/sub/" + i, "x")
          .symlink("d/link", "passwd")
          .hardlink("d/hard", "d/passwd")
          .empty("d/.wh.passwd")
          .file("d", "x")
          .device("d/p", TarEntry.Type.FIFO, 0, 0);
    }
    byte[] bytes = archive.bytes();
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                LinkSwapper.class.getName(),
                layer.toString(),
                outside.resolve("etc").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals('s', other.getInputStream().read(), "the other process has not begun");
    int refused = 0;
    try {
      for (int round = 0; round < 60; round++) {
        WhiteoutStyle style = round % 2 == 0 ? WhiteoutStyle.PLAIN : WhiteoutStyle.OVERLAY;
        List<Path> lowers = round % 2 == 0 ? List.of() : List.of(outside.resolve("etc"));
        try {
          Archive.apply(bytes, layer, style, lowers);
        } catch (PhylloException e) {
          refused++;
        }
      }
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertTrue(refused > 0, "nothing was ever exchanged in time");
  }
}

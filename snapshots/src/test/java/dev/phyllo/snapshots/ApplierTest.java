package dev.phyllo.snapshots;

import static dev.phyllo.snapshots.Needs.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the archive is what is on disk. */
class ApplierTest {
  private static final String TIMES = " mtime=1700000000.500000000";

  @TempDir Path temp;
  private Path layer;

  @BeforeEach
  void makeALayer() throws IOException {
    Needs.root();
    layer = Files.createDirectory(temp.resolve("fs"));
  }

  private String line(String name) {
    return line(RawPath.of(name));
  }

  private String line(RawPath name) {
    String line = TreeText.of(layer).get(name);
    return line == null ? "nothing" : line;
  }

  @Test
  void everyTypeIsMadeWithEverythingTheArchiveSaysOfIt() {
    byte[] capability = HexFormat.of().parseHex("0100000200040000000000000000000000000000");
    Applied applied =
        new Archive()
            .add(Archive.entry("d/", TarEntry.Type.DIRECTORY).mode(01751).owner(1, 2).build())
            .add(
                Archive.entry("d/file", TarEntry.Type.FILE)
                    .mode(06755)
                    .owner(70_000, 4_000_000_000L)
                    .mtime(-5, 1)
                    .size(3)
                    .xattr("user.binary", new byte[] {0, 1, -1, 0})
                    .xattr("security.capability", capability)
                    .build(),
                new byte[] {'a', 'b', 'c'})
            .hardlink("d/second", "d/file")
            .add(
                Archive.entry("d/link", TarEntry.Type.SYMLINK)
                    .owner(3, 4)
                    .linkName(RawPath.of("/no/such"))
                    .xattr("trusted.on-a-link", new byte[] {7})
                    .build())
            .add(Archive.entry("d/fifo", TarEntry.Type.FIFO).mode(0622).owner(5, 6).build())
            .add(
                Archive.entry("d/char", TarEntry.Type.CHARACTER_DEVICE)
                    .mode(0666)
                    .device(1, 3)
                    .owner(7, 8)
                    .build())
            .add(
                Archive.entry("d/block", TarEntry.Type.BLOCK_DEVICE)
                    .mode(0660)
                    .device(7, 300)
                    .build())
            .applyTo(layer);
    assertEquals(new Applied(7, 3), applied);
    assertEquals("dir 1751 1:2" + TIMES, line("d"));
    String file =
        "file 6755 70000:4000000000 size=3 mtime=-5.1 ba7816bf8f01 links=2 security.capability="
            + HexFormat.of().formatHex(capability)
            + " user.binary=0001ff00";
    assertEquals(file, line("d/file"));
    assertEquals(file.replace("links=2", "links=2 same as d/file"), line("d/second"));
    assertEquals("link 777 3:4" + TIMES + " -> /no/such trusted.on-a-link=07", line("d/link"));
    assertEquals("fifo 622 5:6" + TIMES, line("d/fifo"));
    assertEquals("char 666 7:8" + TIMES + " 1:3", line("d/char"));
    assertEquals("block 660 0:0" + TIMES + " 7:300", line("d/block"));
  }

  @Test
  void namesThatAreNotUtf8AreKeptByteForByte() {
    RawPath name = RawPath.of(new byte[] {'d', '/', (byte) 0xff, (byte) 0xc3, '(', '\n', ' '});
    RawPath target = RawPath.of(new byte[] {(byte) 0xfe});
    new Archive()
        .add(TarEntry.builder(name, TarEntry.Type.FILE).size(0).mode(0600).build(), new byte[0])
        .add(TarEntry.builder(RawPath.of("l"), TarEntry.Type.SYMLINK).linkName(target).build())
        .applyTo(layer);
    assertTrue(line(name).startsWith("file 600"), line(name));
    assertTrue(line("l").endsWith("-> \\xfe"), line("l"));
  }

  @Test
  void aSparseFileHasItsHoles() throws Exception {
    Path source = Files.createDirectory(temp.resolve("source"));
    byte[] expected = new byte[50 << 20];
    byte[] data = new byte[8192];
    new Random(1).nextBytes(data);
    System.arraycopy(data, 0, expected, 1 << 20, data.length);
    System.arraycopy(data, 0, expected, 40 << 20, data.length);
    try (RandomAccessFile file = new RandomAccessFile(source.resolve("sparse").toFile(), "rw")) {
      file.seek(1 << 20);
      file.write(data);
      file.seek(40 << 20);
      file.write(data);
      file.setLength(expected.length);
    }
    Path archive = temp.resolve("sparse.tar");
    for (String format : new String[] {"gnu", "posix"}) {
      Process tar =
          new ProcessBuilder(
                  "tar",
                  "-S",
                  "--format=" + format,
                  "-cf",
                  archive.toString(),
                  "-C",
                  source.toString(),
                  "sparse")
              .inheritIO()
              .start();
      assumeTrue(tar.waitFor() == 0, "needs GNU tar");
      Archive.apply(Files.readAllBytes(archive), layer, WhiteoutStyle.OVERLAY, List.of());
      assertArrayEquals(expected, Files.readAllBytes(layer.resolve("sparse")));
      assertTrue(Trees.usage(layer).bytes() < 1 << 20, Trees.usage(layer).toString());
    }
  }

  @Test
  void directoriesKeepTheirTimesHoweverLateTheyAreFilled() {
    new Archive()
        .dir("a")
        .dir("a/b")
        .file("a/b/c", "x")
        .dir("z")
        .file("a/late", "x")
        .symlink("z/l", "x")
        .applyTo(layer);
    for (String name : new String[] {"a", "a/b", "z"}) {
      assertTrue(line(name).endsWith(TIMES), line(name));
    }
  }

  @Test
  void theRootHasTheAttributesOfItsEntry() {
    new Archive()
        .add(Archive.entry("./", TarEntry.Type.DIRECTORY).mode(0711).owner(9, 9).build())
        .file("f", "x")
        .applyTo(layer);
    assertEquals("dir 711 9:9" + TIMES, line(""));
  }

  @Test
  void allSpellingsOfANameAreOneFile() {
    new Archive()
        .file("a/b", "1")
        .file("./a/b", "2")
        .file("/a/b", "3")
        .file("a//b", "4")
        .file("a/./b", "5")
        .file("x/../a/b", "last")
        .applyTo(layer);
    assertEquals(
        List.of("", "a", "a/b"),
        TreeText.of(layer).keySet().stream().map(Object::toString).toList());
    assertTrue(line("a/b").contains("size=4"), line("a/b"));
  }

  @Test
  void aLaterEntryReplacesAnEarlierOneOfAnyType() {
    Map<String, String> expected =
        Map.of("f", "file", "d", "dir", "l", "link", "p", "fifo", "c", "char", "h", "file");
    for (String first : expected.keySet()) {
      for (String second : expected.keySet()) {
        Archive archive = new Archive().file("target", "hard");
        add(add(archive, first), second).file("after", "x").applyTo(layer);
        String line = line("n");
        assertTrue(line.startsWith(expected.get(second)), first + " then " + second + ": " + line);
        Trees.remove(layer.resolve("n"));
      }
    }
  }

  private static Archive add(Archive archive, String what) {
    return switch (what) {
      case "f" -> archive.file("n", "content");
      case "d" -> archive.dir("n").file("n/below", "x");
      case "l" -> archive.symlink("n", "/");
      case "p" -> archive.device("n", TarEntry.Type.FIFO, 0, 0);
      case "c" -> archive.device("n", TarEntry.Type.CHARACTER_DEVICE, 1, 5);
      default -> archive.hardlink("n", "target");
    };
  }

  @Test
  void aDirectoryOnADirectoryKeepsItsContentAndTakesTheNewAttributes() {
    new Archive()
        .dir("d", 0700)
        .file("d/f", "x")
        .add(Archive.entry("d", TarEntry.Type.DIRECTORY).mode(0555).owner(1, 1).build())
        .applyTo(layer);
    assertEquals("dir 555 1:1" + TIMES, line("d"));
    assertTrue(line("d/f").startsWith("file"));
  }

  @Test
  void timesOfADirectoryThatIsReplacedAreForgotten() {
    new Archive().dir("d").dir("d/e").file("d", "x").applyTo(layer);
    assertTrue(line("d").startsWith("file"), line("d"));
    new Archive().dir("e").file("e", "x").symlink("e", "f").dir("f").applyTo(layer);
    assertTrue(line("e").startsWith("link"), line("e"));
  }

  @Test
  void aHardLinkToItselfIsThatFile() {
    new Archive().file("f", "x").hardlink("f", "./f").applyTo(layer);
    assertTrue(line("f").contains("size=1"), line("f"));
  }

  @Test
  void missingDirectoriesAreRootsAndOpenToAll() {
    new Archive().file("a/b/c", "x").applyTo(layer);
    assertTrue(line("a").startsWith("dir 755 0:0"), line("a"));
    assertTrue(line("a/b").startsWith("dir 755 0:0"), line("a/b"));
  }

  @Test
  void missingDirectoriesLookAsInTheLayersBelow() throws IOException {
    Path base = Files.createDirectory(temp.resolve("base"));
    Path middle = Files.createDirectory(temp.resolve("middle"));
    new Archive()
        .add(Archive.entry("./", TarEntry.Type.DIRECTORY).mode(0750).owner(3, 3).build())
        .add(
            Archive.entry("a", TarEntry.Type.DIRECTORY)
                .mode(01777)
                .owner(1, 2)
                .xattr("user.note", new byte[] {1})
                .build())
        .dir("a/gone", 0700)
        .add(Archive.entry("o/p", TarEntry.Type.DIRECTORY).mode(0700).build())
        .applyTo(base);
    new Archive().empty("a/.wh.gone").dir("o", 0711).empty("o/.wh..wh..opq").applyTo(middle, base);
    new Archive()
        .file("a/f", "x")
        .file("a/gone/f", "x")
        .file("o/p/f", "x")
        .applyTo(layer, middle, base);
    assertEquals("dir 1777 1:2" + TIMES + " user.note=01", line("a"));
    assertTrue(line("a/gone").startsWith("dir 755 0:0"), "deleted below: " + line("a/gone"));
    assertTrue(line("o").startsWith("dir 711"), line("o"));
    assertTrue(line("o/p").startsWith("dir 755"), "hidden below: " + line("o/p"));
    assertEquals("dir 750 3:3" + TIMES, line(""));
  }

  @Test
  void aHardLinkToAFileBelowCopiesThatFileUp() throws IOException {
    Path base = Files.createDirectory(temp.resolve("base"));
    new Archive()
        .dir("bin", 0711)
        .add(
            Archive.entry("bin/tool", TarEntry.Type.FILE)
                .mode(04755)
                .owner(5, 6)
                .mtime(77, 88)
                .size(4)
                .xattr("user.x", new byte[] {9})
                .build(),
            new byte[] {1, 2, 3, 4})
        .symlink("bin/sh", "tool")
        .device("bin/null", TarEntry.Type.CHARACTER_DEVICE, 1, 3)
        .applyTo(base);
    String before = TreeText.textOf(base);
    String tool = TreeText.of(base).get(RawPath.of("bin/tool"));
    new Archive()
        .hardlink("alias", "bin/tool")
        .hardlink("sh", "bin/sh")
        .hardlink("null", "bin/null")
        .applyTo(layer, base);
    assertEquals(before, TreeText.textOf(base));
    assertEquals(tool + "", line("alias").replace(" links=2", ""));
    assertTrue(line("bin/tool").endsWith("same as alias user.x=09"), line("bin/tool"));
    assertTrue(line("sh").contains("-> tool"), line("sh"));
    assertTrue(line("null").contains("1:3"), line("null"));
    assertTrue(line("bin").startsWith("dir 711"), line("bin"));
  }

  @Test
  void aHardLinkToWhatThisOrALowerLayerDeletedIsRefused() throws IOException {
    Path base = Files.createDirectory(temp.resolve("base"));
    Path middle = Files.createDirectory(temp.resolve("middle"));
    new Archive().file("a", "x").file("b", "x").applyTo(base);
    new Archive().empty(".wh.a").applyTo(middle, base);
    Archive below = new Archive().hardlink("l", "a");
    assertThrows(InvalidException.class, () -> below.applyTo(layer, middle, base));
    Archive same = new Archive().empty(".wh.b").hardlink("l", "b");
    assertThrows(InvalidException.class, () -> same.applyTo(layer, middle, base));
  }

  @Test
  void impossibleOwnersAndDevicesAreRefusedByName() {
    for (TarEntry entry :
        List.of(
            Archive.entry("bad", TarEntry.Type.FIFO).owner(0xffffffffL, 0).build(),
            Archive.entry("bad", TarEntry.Type.FIFO).owner(0, 1L << 40).build(),
            Archive.entry("bad", TarEntry.Type.CHARACTER_DEVICE).device(5000, 1).build())) {
      PhylloException e =
          assertThrows(PhylloException.class, () -> new Archive().add(entry).applyTo(layer));
      assertTrue(message(e).contains("bad"), message(e));
    }
  }

  @Test
  void anErrorNamesTheWholeEntry() {
    Archive archive = new Archive().file("some/dir/" + "n".repeat(300), "x");
    PhylloException e = assertThrows(PhylloException.class, () -> archive.applyTo(layer));
    assertTrue(e.thing().startsWith("some/dir/nnn"), message(e));
    assertTrue(e.why().contains("ENAMETOOLONG"), message(e));
  }

  @Test
  void namesDeeperThanAnyPathIsLongAreMadeAndRemoved() {
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      name.append("a".repeat(20)).append('/');
    }
    new Archive().file(name + "f", "x").file(name + "g", "x").applyTo(layer);
    assertEquals(1 + 400 + 2, Trees.usage(layer).inodes());
    Trees.remove(layer);
    assertFalse(Files.exists(layer));
  }

  @Test
  void anArchiveOverItsLimitsIsStopped() {
    byte[] archive = new Archive().file("a", "x").file("b", "x").file("c", "x").bytes();
    TarLimits two = TarLimits.DEFAULT.withMaxEntries(2);
    try (TarReader tar = new TarReader(new ByteArrayInputStream(archive), two, "a bomb")) {
      Applier applier = new Applier(layer, WhiteoutStyle.OVERLAY, List.of());
      assertThrows(InvalidException.class, () -> applier.apply(tar));
    }
    assertNull(TreeText.of(layer).get(RawPath.of("c")));
  }
}

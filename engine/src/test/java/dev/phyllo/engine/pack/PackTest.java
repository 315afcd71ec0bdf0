package dev.phyllo.engine.pack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.RawPath;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PackTest {
  @TempDir private Path dir;

  private static String output(String... command) throws Exception {
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    p.getOutputStream().close();
    String text;
    try (InputStream in = p.getInputStream()) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    p.waitFor();
    return text;
  }

  /** The paths in ldd's lines {@code name => path (address)} and {@code path (address)}. */
  private static Set<Path> ldd(Path program) throws Exception {
    Set<Path> paths = new TreeSet<>();
    for (String line : output("ldd", program.toString()).split("\n", -1)) {
      String path = line.substring(line.indexOf("=> ") < 0 ? 0 : line.indexOf("=> ") + 3).strip();
      int end = path.indexOf(" (");
      if (path.startsWith("/") && end > 0) {
        paths.add(Path.of(path.substring(0, end)));
      }
    }
    return paths;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/bin/sh",
        "/bin/ls",
        "/usr/bin/bash",
        "/usr/bin/git",
        "/usr/bin/python3",
        "/usr/bin/perl",
        "/usr/bin/curl",
        "/usr/bin/ssh",
        "/usr/bin/gcc",
        "/usr/sbin/mkfs.ext4",
        "/usr/bin/podman"
      })
  void theClosureIsWhatLddFinds(String program) throws Exception {
    Path path = Path.of(program);
    assumeTrue(Files.exists(path), program + " is not installed");
    assumeTrue(Files.exists(Path.of("/usr/bin/ldd")), "ldd is not installed");
    Set<Path> expected = ldd(path);
    assumeTrue(!expected.isEmpty(), program + " is static");
    assertEquals(expected, new TreeSet<>(SharedLibraries.ofThisMachine().closure(path)));
  }

  @Test
  void theJavaLauncherIsFoundByItsOrigin() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    assumeTrue(Files.exists(Path.of("/usr/bin/ldd")), "ldd is not installed");
    Set<Path> expected = new TreeSet<>();
    for (Path p : ldd(java)) {
      expected.add(p.toRealPath());
    }
    Set<Path> found = new TreeSet<>();
    for (Path p : SharedLibraries.ofThisMachine().closure(java)) {
      found.add(p.toRealPath());
    }
    assertEquals(expected, found);
  }

  @Test
  void aStaticProgramNeedsNothing() {
    Path busybox = Path.of("/bin/busybox");
    assumeTrue(Files.exists(busybox), "busybox is not installed");
    assumeTrue(ElfFile.read(busybox).isStatic(), "busybox is not static here");
    assertEquals(List.of(), SharedLibraries.ofThisMachine().closure(busybox));
  }

  /** A program that needs liba.so and libb.so, and where it says to look for them. */
  private Path program(String runpath) throws IOException {
    byte[] elf = ElfFileTest.library(true, ByteOrder.LITTLE_ENDIAN);
    byte[] text = runpath.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, elf, 726, text.length);
    elf[400 + 6 * 16 + 8] = 100; // DT_STRSZ, to hold it
    // No interpreter and no RPATH: only the RUNPATH can find them.
    elf[64 + 56] = 0;
    return Files.write(dir.resolve("program"), elf);
  }

  /** A library that needs nothing. */
  private Path library(Path path, int machine) throws IOException {
    byte[] elf = ElfFileTest.library(true, ByteOrder.LITTLE_ENDIAN);
    elf[18] = (byte) machine;
    elf[400] = elf[416] = 21; // DT_NEEDED becomes DT_DEBUG
    elf[432] = 21; // no SONAME: both would have the same
    Files.createDirectories(path.toAbsolutePath().getParent());
    return Files.write(path, elf);
  }

  @Test
  void runpathIsRelativeToTheObjectAndAnotherProcessorsLibraryIsPassedOver() throws IOException {
    library(dir.resolve("a/liba.so"), 183);
    Path b = library(dir.resolve("b/libb.so"), 62);
    Path a = library(dir.resolve("b/liba.so"), 62);
    Path program = program("$ORIGIN/a:${ORIGIN}/b");
    assertEquals(
        List.of(a, b), SharedLibraries.with(LoaderCache.parse(new byte[0])).closure(program));
  }

  @Test
  void aLibraryThatIsNowhereIsNamed() throws IOException {
    library(dir.resolve("lib/liba.so"), 62);
    Path program = program("$ORIGIN/$LIB");
    NotFoundException e =
        assertThrows(
            NotFoundException.class,
            () -> SharedLibraries.with(LoaderCache.parse(new byte[0])).closure(program));
    assertEquals("libb.so", e.thing());
    assertTrue(e.why().contains(program.toString()), e.why());
  }

  @Test
  void aCacheIsReadAsLdconfigPrintsIt() throws Exception {
    Path file = Path.of("/etc/ld.so.cache");
    assumeTrue(Files.exists(file), "there is no /etc/ld.so.cache");
    assumeTrue(Files.exists(Path.of("/sbin/ldconfig")), "ldconfig is not installed");
    LoaderCache cache = LoaderCache.read(file);
    int count = 0;
    for (String line : output("/sbin/ldconfig", "-p").split("\n", -1)) {
      int arrow = line.indexOf(" => ");
      if (line.startsWith("\t") && arrow > 0) {
        String name = line.substring(1, line.indexOf(" ("));
        assertTrue(cache.paths(name).contains(Path.of(line.substring(arrow + 4))), line);
        count++;
      }
    }
    assertTrue(count > 0);
  }

  @Test
  void aMalformedCacheIsAnEmptyOne() throws IOException {
    byte[] bytes = new byte[100];
    System.arraycopy("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII), 0, bytes, 0, 20);
    bytes[20] = 2; // two entries, of which one would reach behind the end
    assertEquals(List.of(), LoaderCache.parse(bytes).paths("x"));
    bytes[23] = (byte) 0xff;
    assertEquals(List.of(), LoaderCache.parse(bytes).paths("x"));
  }

  private static PackedTree.Node node(PackedTree tree, String path) {
    return Objects.requireNonNull(tree.nodes().get(RawPath.of(path)), path);
  }

  @Test
  void aLinkIsPackedWithWhatItPointsTo() throws IOException {
    Path real = dir.toRealPath();
    Files.createDirectories(real.resolve("usr/lib"));
    Files.writeString(real.resolve("usr/lib/x.1"), "x");
    Files.createSymbolicLink(real.resolve("usr/lib/x"), Path.of("x.1"));
    Files.createSymbolicLink(real.resolve("lib"), Path.of("usr/lib"));
    PackedTree tree = new PackedTree();
    assertEquals(real.resolve("usr/lib/x.1"), tree.fileWithLinks(real.resolve("lib/x")));
    String base = real.toString().substring(1);
    assertEquals(new PackedTree.Node.Link("usr/lib"), node(tree, base + "/lib"));
    assertEquals(new PackedTree.Node.Link("x.1"), node(tree, base + "/usr/lib/x"));
    assertTrue(node(tree, base + "/usr/lib/x.1") instanceof PackedTree.Node.Source);
  }

  @Test
  void linksThatLeadInACircleAreRefused() throws IOException {
    Path loop = Files.createSymbolicLink(dir.toRealPath().resolve("loop"), Path.of("loop"));
    assertThrows(InvalidException.class, () -> new PackedTree().fileWithLinks(loop));
  }

  @Test
  void whatIsNeitherProgramNorScriptIsRefused() throws IOException {
    Path text = Files.writeString(dir.toRealPath().resolve("text"), "hello");
    assertThrows(InvalidException.class, () -> Pack.programs(List.of(text)));
    assertThrows(InvalidException.class, () -> Pack.programs(List.of(Path.of("bin/sh"))));
  }

  @Test
  void aTreeIsWrittenInOrderAndTheSameEveryTime() throws Exception {
    List<byte[]> archives = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      PackedTree tree = new PackedTree();
      tree.text("data/config.txt", "x\n").text("data.txt", "y\n").link("bin/sh", "busybox");
      tree.characterDevice("data/.wh.a", 0, 0);
      assertEquals(
          "[bin, bin/sh, data, data/.wh.a, data/config.txt, data.txt]",
          tree.nodes().keySet().toString());
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      tree.writeTo(out, PackedTree.DEFAULT_TIME);
      archives.add(out.toByteArray());
    }
    assertArrayEquals(archives.get(0), archives.get(1));
    assumeTrue(Files.exists(Path.of("/usr/bin/tar")), "tar is not installed");
    Path file = Files.write(dir.resolve("tree.tar"), archives.get(0));
    assertEquals(
        """
        drwxr-xr-x 0/0               0 2025-01-01 00:00 bin/
        lrwxrwxrwx 0/0               0 2025-01-01 00:00 bin/sh -> busybox
        drwxr-xr-x 0/0               0 2025-01-01 00:00 data/
        crw-r--r-- 0/0             0,0 2025-01-01 00:00 data/.wh.a
        -rw-r--r-- 0/0               2 2025-01-01 00:00 data/config.txt
        -rw-r--r-- 0/0               2 2025-01-01 00:00 data.txt
        """,
        output("env", "TZ=UTC", "tar", "--numeric-owner", "-tvf", file.toString()));
  }

  @Test
  void packedProgramsRunInARootOfTheirOwn() throws Exception {
    assumeTrue(output("id", "-u").strip().equals("0"), "chroot needs root");
    assumeTrue(Files.exists(Path.of("/usr/bin/tar")), "tar is not installed");
    PackedTree tree =
        Pack.programs(List.of(Path.of("/bin/sh"), Path.of("/bin/ls"), Path.of("/bin/cat")));
    tree.text("hello.txt", "hello\n");
    Path archive = dir.resolve("root.tar");
    try (var out = Files.newOutputStream(archive)) {
      tree.writeTo(out, 0);
    }
    Path root = Files.createDirectory(dir.resolve("root"));
    assertEquals("", output("tar", "-xf", archive.toString(), "-C", root.toString()));
    assertEquals(
        "hello\n/hello.txt\n",
        output(
            "chroot", root.toString(), "/bin/sh", "-c", "/bin/cat /hello.txt; /bin/ls /hello.txt"));
  }
}

package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.Archives.Member;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GNU tar reads what we write, and we read what GNU tar writes. */
class GnuTarInteropTest {
  private static final String LONG = "d".repeat(60);

  @TempDir Path dir;

  @BeforeEach
  void gnuTar() throws Exception {
    Commands.assumeGnuTar();
    Files.createDirectory(dir.resolve("tree"));
  }

  private void makeTree(boolean devices) throws IOException, InterruptedException {
    Commands.output(
        dir,
        """
        cd tree
        umask 022
        mkdir -p etc usr/bin empty
        printf hello > etc/motd
        printf '' > etc/nothing
        head -c 1000 /dev/zero > usr/bin/tool
        chmod 4755 usr/bin/tool
        ln usr/bin/tool usr/bin/same
        ln -s ../usr/bin/tool etc/link
        mkfifo pipe
        mkdir sticky && chmod 1777 sticky
        """);
    if (devices) {
      assumeTrue(
          Commands.succeeds(dir, "mknod tree/tty c 5 0 && mknod tree/disk b 8 17"),
          "device nodes cannot be made here");
    }
  }

  private void makeLongNames() throws IOException, InterruptedException {
    Commands.output(
        dir,
        "cd tree; mkdir -p $L/$L; printf x > $L/$L/$L; ln $L/$L/$L $L/hard; ln -s $L/$L/$L soft"
            .replace("$L", LONG));
  }

  /** The tree as entries, in the order and with the values of the tar command below. */
  private List<Member> describe() throws IOException, InterruptedException {
    List<Member> members = new ArrayList<>();
    List<String> inodes = new ArrayList<>();
    List<RawPath> names = new ArrayList<>();
    walk(RawPath.of("./"), dir.resolve("tree"), members, inodes, names);
    return members;
  }

  private void walk(
      RawPath name, Path file, List<Member> out, List<String> inodes, List<RawPath> names)
      throws IOException {
    Map<String, Object> stat =
        Files.readAttributes(file, "unix:*", java.nio.file.LinkOption.NOFOLLOW_LINKS);
    int mode = (int) stat(stat, "mode");
    TarEntry.Type type =
        switch (mode & 0170000) {
          case 0040000 -> TarEntry.Type.DIRECTORY;
          case 0120000 -> TarEntry.Type.SYMLINK;
          case 0010000 -> TarEntry.Type.FIFO;
          case 0020000 -> TarEntry.Type.CHARACTER_DEVICE;
          case 0060000 -> TarEntry.Type.BLOCK_DEVICE;
          default -> TarEntry.Type.FILE;
        };
    byte[] content = {};
    String inode = stat(stat, "ino").toString();
    int first = inodes.indexOf(inode);
    if (type != TarEntry.Type.DIRECTORY && first >= 0) {
      type = TarEntry.Type.HARDLINK;
    }
    TarEntry.Builder b = TarEntry.builder(name, type).mode(mode & 07777).mtime(1_700_000_000, 0);
    switch (type) {
      case HARDLINK -> b.linkName(names.get(first));
      case SYMLINK -> b.linkName(RawPath.of(Files.readSymbolicLink(file).toString()));
      case FILE -> {
        content = Files.readAllBytes(file);
        b.size(content.length);
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE -> {
        long device = (long) stat(stat, "rdev");
        b.device((int) (device >> 8), (int) (device & 0xff));
      }
      default -> {}
    }
    out.add(new Member(b.build(), content));
    inodes.add(inode);
    names.add(name);
    if (type == TarEntry.Type.DIRECTORY) {
      List<Path> children;
      try (var list = Files.list(file)) {
        children = list.sorted().toList();
      }
      for (Path child : children) {
        walk(name.resolve(RawPath.of(child.getFileName().toString())), child, out, inodes, names);
      }
    }
  }

  private static Object stat(Map<String, Object> stat, String key) {
    return java.util.Objects.requireNonNull(stat.get(key), key);
  }

  private byte[] tar(String options) throws IOException, InterruptedException {
    Commands.output(
        dir,
        "LC_ALL=C tar --sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner "
            + options
            + " -cf out.tar -C tree .");
    return Files.readAllBytes(dir.resolve("out.tar"));
  }

  private static void same(byte[] expected, byte[] actual) {
    for (int i = 0; i < Math.min(expected.length, actual.length); i++) {
      if (expected[i] != actual[i]) {
        int block = i / 512 * 512;
        throw new AssertionError(
            "byte "
                + i
                + " (block "
                + block
                + " + "
                + (i - block)
                + "): "
                + new String(expected, block, 512, StandardCharsets.ISO_8859_1).replace('\0', '~')
                + "\nbut was\n"
                + new String(actual, block, 512, StandardCharsets.ISO_8859_1).replace('\0', '~'));
      }
    }
    assertEquals(expected.length, actual.length);
  }

  @Test
  void theGnuFormatIsWrittenByteForByteAsGnuTarWritesIt() throws Exception {
    makeTree(false);
    same(tar(""), Archives.write(TarWriter.Format.GNU, describe()));
  }

  @Test
  void deviceNodesInTheGnuFormatAreByteForByteGnuTars() throws Exception {
    makeTree(true);
    same(tar(""), Archives.write(TarWriter.Format.GNU, describe()));
  }

  @Test
  void longNamesInTheGnuFormatAreByteForByteGnuTars() throws Exception {
    makeLongNames();
    same(tar(""), Archives.write(TarWriter.Format.GNU, describe()));
  }

  @ParameterizedTest
  @CsvSource({"-1", "-1700000000", "8589934592", "99999999999"})
  void timesInTheGnuFormatAreByteForByteGnuTars(long time) throws Exception {
    Files.writeString(dir.resolve("tree/f"), "x");
    Commands.output(
        dir,
        "tar --mtime=@"
            + time
            + " --owner=5000000:1 --group=4294967294:1 --numeric-owner"
            + " --mode=644 -cf out.tar -C tree f");
    TarEntry e = Archives.file("f", 1).mtime(time, 0).owner(5_000_000, 1).build();
    // --owner=NAME:ID and --group: ids are what follows the colon.
    e = e.toBuilder().owner(1, 1).build();
    same(
        Files.readAllBytes(dir.resolve("out.tar")),
        Archives.write(TarWriter.Format.GNU, List.of(new Member(e, new byte[] {'x'}))));
  }

  @Test
  void largeIdsInTheGnuFormatAreByteForByteGnuTars() throws Exception {
    Files.writeString(dir.resolve("tree/f"), "x");
    Commands.output(
        dir,
        "tar --mtime=@7 --owner=5000000 --group=4294967294 --numeric-owner"
            + " --mode=644 -cf out.tar -C tree f");
    TarEntry e = Archives.file("f", 1).mtime(7, 0).owner(5_000_000, 4_294_967_294L).build();
    byte[] theirs = Files.readAllBytes(dir.resolve("out.tar"));
    same(theirs, Archives.write(TarWriter.Format.GNU, List.of(new Member(e, new byte[] {'x'}))));
    assertEquals(e, Archives.read(theirs).getFirst().entry());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v7", "oldgnu", "gnu", "ustar", "pax"})
  void everyFormatOfGnuTarIsReadAsTheTreeIs(String format) throws Exception {
    makeTree(false);
    if (format.equals("v7")) {
      Commands.output(dir, "rm tree/pipe");
    }
    List<Member> expected = describe();
    List<Member> actual = Archives.read(tar("--format=" + format));
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      TarEntry e = expected.get(i).entry();
      if (e.type() == TarEntry.Type.DIRECTORY && !e.name().endsWithSlash()) {
        TarEntry.Builder b = TarEntry.builder(RawPath.of(e.name() + "/"), e.type());
        e = b.mode(e.mode()).mtime(e.mtimeSeconds(), 0).build();
      }
      assertEquals(e, actual.get(i).entry());
      assertArrayEquals(expected.get(i).content(), actual.get(i).content());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"oldgnu", "gnu", "pax"})
  void longNamesAreRead(String format) throws Exception {
    makeLongNames();
    var actual = Archives.byCleanName(Archives.read(tar("--format=" + format)));
    String name = LONG + "/" + LONG + "/" + LONG;
    // Sorted, the file comes before its other name.
    assertEquals("x", new String(Archives.get(actual, name).content(), StandardCharsets.US_ASCII));
    assertEquals("./" + name, Archives.get(actual, LONG + "/hard").entry().linkName().toString());
    assertEquals(name, Archives.get(actual, "soft").entry().linkName().toString());
  }

  @ParameterizedTest
  @CsvSource({"gnu,1.0", "oldgnu,1.0", "pax,0.0", "pax,0.1", "pax,1.0"})
  void sparseFilesAreReadInEveryForm(String format, String version) throws Exception {
    Path sparse = dir.resolve("tree/sparse");
    int pieces = 40;
    try (RandomAccessFile f = new RandomAccessFile(sparse.toFile(), "rw")) {
      for (int i = 0; i < pieces; i++) {
        f.seek(i * 100_000L);
        f.write(("piece " + i).getBytes(StandardCharsets.US_ASCII));
      }
      f.setLength(5_000_000);
    }
    try (RandomAccessFile f = new RandomAccessFile(dir.resolve("tree/hole").toFile(), "rw")) {
      f.setLength(3_000_000);
    }
    Files.writeString(dir.resolve("tree/z"), "after");
    byte[] archive = tar("--sparse --format=" + format + " --sparse-version=" + version);
    assumeTrue(archive.length < 3_000_000, "this file system has no holes");
    var actual = Archives.byCleanName(Archives.read(archive));
    Member m = Archives.get(actual, "sparse");
    assertTrue(m.entry().isSparse());
    assertEquals(5_000_000, m.entry().size());
    assertArrayEquals(Files.readAllBytes(sparse), m.content());
    assertTrue(m.entry().extents().size() >= pieces, m.entry().extents()::toString);
    Member hole = Archives.get(actual, "hole");
    assertTrue(hole.entry().isSparse());
    assertEquals(0, hole.entry().storedSize());
    assertArrayEquals(new byte[3_000_000], hole.content());
    assertEquals(
        "after", new String(Archives.get(actual, "z").content(), StandardCharsets.US_ASCII));
  }

  @Test
  void subSecondTimesAreRead() throws Exception {
    Files.writeString(dir.resolve("tree/f"), "x");
    Files.writeString(dir.resolve("tree/g"), "x");
    Commands.output(
        dir,
        "touch -d @1700000000.123456789 tree/f; touch -d @-1.25 tree/g;"
            + " tar --format=pax -cf out.tar -C tree f g");
    List<Member> actual = Archives.read(Files.readAllBytes(dir.resolve("out.tar")));
    assertEquals(1_700_000_000, actual.get(0).entry().mtimeSeconds());
    assertEquals(123_456_789, actual.get(0).entry().mtimeNanos());
    assertEquals(-2, actual.get(1).entry().mtimeSeconds());
    assertEquals(750_000_000, actual.get(1).entry().mtimeNanos());
  }

  @Test
  void extendedAttributesAreReadAndWrittenAsGnuTarDoes() throws Exception {
    Path f = Files.writeString(dir.resolve("tree/f"), "x");
    byte[] binary = new byte[256];
    for (int i = 0; i < 256; i++) {
      binary[i] = (byte) i;
    }
    var view =
        Files.getFileAttributeView(f, java.nio.file.attribute.UserDefinedFileAttributeView.class);
    try {
      view.write("binary", java.nio.ByteBuffer.wrap(binary));
      view.write("a=b%c", java.nio.ByteBuffer.wrap(new byte[] {1}));
      view.write("empty", java.nio.ByteBuffer.wrap(new byte[0]));
    } catch (IOException e) {
      assumeTrue(false, "this file system has no user attributes: " + e.getMessage());
    }
    Commands.output(dir, "tar --xattrs --format=pax -cf out.tar -C tree f");
    TarEntry e = Archives.read(Files.readAllBytes(dir.resolve("out.tar"))).getFirst().entry();
    assertArrayEquals(binary, e.xattrs().get(RawPath.of("user.binary")));
    assertArrayEquals(new byte[] {1}, e.xattrs().get(RawPath.of("user.a=b%c")));
    assertArrayEquals(new byte[0], e.xattrs().get(RawPath.of("user.empty")));

    Files.write(
        dir.resolve("ours.tar"),
        Archives.write(TarWriter.Format.PAX, List.of(new Member(e, new byte[] {'x'}))));
    Commands.output(dir, "mkdir back; tar --xattrs -xf ours.tar -C back");
    var back =
        Files.getFileAttributeView(
            dir.resolve("back/f"), java.nio.file.attribute.UserDefinedFileAttributeView.class);
    var buffer = java.nio.ByteBuffer.allocate(300);
    back.read("binary", buffer);
    assertArrayEquals(binary, Arrays.copyOf(buffer.array(), buffer.position()));
    assertTrue(back.list().contains("a=b%c"), back.list()::toString);
    assertTrue(back.list().contains("empty"), back.list()::toString);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PAX", "GNU"})
  void gnuTarExtractsWhatWeWrite(TarWriter.Format format) throws Exception {
    makeTree(false);
    makeLongNames();
    Files.write(dir.resolve("ours.tar"), Archives.write(format, describe()));
    Commands.output(
        dir,
        """
        mkdir back
        tar --warning=no-timestamp -xpf ours.tar -C back
        tar --compare -f ours.tar -C back
        diff -r --no-dereference tree back 2>&1 | grep -v 'is a fifo' | grep . && exit 1
        test back/usr/bin/tool -ef back/usr/bin/same
        test "$(stat -c %a back/usr/bin/tool)" = 4755
        test "$(stat -c %a back/sticky)" = 1777
        test "$(stat -c %Y back/etc/motd)" = 1700000000
        """);
  }

  @Test
  void namesThatAreNotUtf8SurviveGnuTarBothWays() throws Exception {
    byte[] raw = {'n', (byte) 0xe9, (byte) 0xff, (byte) 0x80, 'x'};
    byte[] longRaw = new byte[180];
    Arrays.fill(longRaw, (byte) 0xe9);
    List<Member> ours =
        List.of(
            Member.of(TarEntry.builder(RawPath.of(raw), TarEntry.Type.FILE).build()),
            Member.of(TarEntry.builder(RawPath.of(longRaw), TarEntry.Type.FILE).build()));
    for (TarWriter.Format format : TarWriter.Format.values()) {
      Files.write(dir.resolve("ours.tar"), Archives.write(format, ours));
      for (String theirs : List.of("gnu", "pax")) {
        Commands.output(
            dir,
            "rm -rf back; mkdir back; tar -xf ours.tar -C back; LC_ALL=C tar --sort=name --format="
                + theirs
                + " -cf out.tar -C back .");
        List<Member> back = Archives.read(Files.readAllBytes(dir.resolve("out.tar")));
        assertEquals(RawPath.of("./").resolve(RawPath.of(raw)), back.get(1).entry().name());
        assertEquals(RawPath.of("./").resolve(RawPath.of(longRaw)), back.get(2).entry().name());
      }
    }
  }
}

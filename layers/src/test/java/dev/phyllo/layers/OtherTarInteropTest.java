package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.layers.Archives.Member;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Other implementations as second opinions: Commons Compress, Python's tarfile, bsdtar. */
class OtherTarInteropTest {
  private static final String LONG = "long/".repeat(30) + "n\u00e4me" + "x".repeat(120);

  private static List<Member> members(TarWriter.Format format) {
    List<Member> members = new ArrayList<>();
    members.add(Member.of(TarEntry.builder(RawPath.of("dir/"), TarEntry.Type.DIRECTORY).build()));
    members.add(
        new Member(
            Archives.file("dir/f", 5).mode(0640).owner(1, 2).mtime(9, 0).build(),
            "hello".getBytes(StandardCharsets.US_ASCII)));
    members.add(new Member(Archives.file(LONG, 1).owner(3_000_000, 0).build(), new byte[] {'x'}));
    members.add(
        Member.of(
            TarEntry.builder(RawPath.of("hard"), TarEntry.Type.HARDLINK)
                .linkName(RawPath.of(LONG))
                .build()));
    members.add(
        Member.of(
            TarEntry.builder(RawPath.of("soft"), TarEntry.Type.SYMLINK)
                .linkName(RawPath.of("/" + LONG))
                .build()));
    members.add(
        Member.of(
            TarEntry.builder(RawPath.of("null"), TarEntry.Type.CHARACTER_DEVICE)
                .device(1, 3)
                .build()));
    members.add(Member.of(TarEntry.builder(RawPath.of("fifo"), TarEntry.Type.FIFO).build()));
    if (format == TarWriter.Format.PAX) {
      members.add(Member.of(Archives.file("new", 0).mtime(-2, 750_000_000).build()));
      members.add(
          Member.of(
              Archives.file("x", 0)
                  .xattr("user.k", "v\u00e4".getBytes(StandardCharsets.UTF_8))
                  .build()));
    }
    return members;
  }

  @ParameterizedTest
  @EnumSource(TarWriter.Format.class)
  void commonsCompressReadsWhatWeWrite(TarWriter.Format format) throws Exception {
    List<Member> ours = members(format);
    try (TarArchiveInputStream in =
        new TarArchiveInputStream(
            new ByteArrayInputStream(Archives.write(format, ours)), "UTF-8")) {
      for (Member m : ours) {
        TarArchiveEntry e = in.getNextEntry();
        assertEquals(m.entry().name().toString(), e.getName());
        assertEquals(m.entry().mode(), e.getMode() & 07777);
        assertEquals(m.entry().uid(), e.getLongUserId());
        assertEquals(m.entry().gid(), e.getLongGroupId());
        assertEquals(m.entry().size(), e.getSize());
        assertEquals(
            Instant.ofEpochSecond(m.entry().mtimeSeconds(), m.entry().mtimeNanos()),
            e.getLastModifiedTime().toInstant());
        assertEquals(m.entry().linkName().toString(), e.getLinkName());
        assertEquals(m.entry().deviceMajor(), e.getDevMajor());
        assertEquals(m.entry().deviceMinor(), e.getDevMinor());
        assertArrayEquals(m.content(), in.readAllBytes());
        if (!m.entry().xattrs().isEmpty()) {
          assertEquals("v\u00e4", e.getExtraPaxHeader("SCHILY.xattr.user.k"));
        }
      }
      assertEquals(null, in.getNextEntry());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX})
  void weReadWhatCommonsCompressWrites(int longFiles) throws Exception {
    boolean posix = longFiles == TarArchiveOutputStream.LONGFILE_POSIX;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
      tar.setLongFileMode(longFiles);
      tar.setBigNumberMode(
          posix ? TarArchiveOutputStream.BIGNUMBER_POSIX : TarArchiveOutputStream.BIGNUMBER_STAR);
      tar.setAddPaxHeadersForNonAsciiNames(posix);
      TarArchiveEntry file = new TarArchiveEntry(LONG);
      file.setSize(3);
      file.setUserId(4_000_000_000L);
      file.setModTime(java.nio.file.attribute.FileTime.fromMillis(-5_000));
      tar.putArchiveEntry(file);
      tar.write(new byte[] {1, 2, 3});
      tar.closeArchiveEntry();
      TarArchiveEntry link = new TarArchiveEntry("soft", TarConstants.LF_SYMLINK);
      link.setLinkName(LONG);
      tar.putArchiveEntry(link);
      tar.closeArchiveEntry();
    }
    List<Member> read = Archives.read(out.toByteArray());
    TarEntry file = read.get(0).entry();
    assertEquals(LONG, file.name().toString());
    assertEquals(4_000_000_000L, file.uid());
    assertEquals(-5, file.mtimeSeconds());
    assertArrayEquals(new byte[] {1, 2, 3}, read.get(0).content());
    assertEquals(LONG, read.get(1).entry().linkName().toString());
  }

  @ParameterizedTest
  @EnumSource(TarWriter.Format.class)
  void pythonReadsWhatWeWrite(TarWriter.Format format, @TempDir Path dir) throws Exception {
    Commands.assumeInstalled("python3");
    List<Member> ours = members(format);
    Files.write(dir.resolve("ours.tar"), Archives.write(format, ours));
    String printed =
        Commands.output(
            dir,
            """
            python3 - <<'E'
            import tarfile
            for m in tarfile.open('ours.tar'):
                print(ascii(m.name), m.mode, m.uid, m.gid, m.size, float(m.mtime), \
            ascii(m.linkname), m.devmajor, m.devminor)
            E
            """);
    StringBuilder expected = new StringBuilder();
    for (Member m : ours) {
      TarEntry e = m.entry();
      expected
          .append("'" + e.name().clean() + "' ")
          .append(e.mode() + " " + e.uid() + " " + e.gid() + " " + e.size() + " ")
          .append(e.mtimeSeconds() + e.mtimeNanos() / 1e9)
          .append(" '" + e.linkName() + "' " + e.deviceMajor() + " " + e.deviceMinor() + "\n");
    }
    assertEquals(expected.toString().replace("\u00e4", "\\xe4"), printed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"USTAR", "GNU", "PAX"})
  void weReadWhatPythonWrites(String format, @TempDir Path dir) throws Exception {
    Commands.assumeInstalled("python3");
    Commands.output(
        dir,
        """
        python3 - <<'E'
        import tarfile, io
        t = tarfile.open('theirs.tar', 'w', format=tarfile.FORMAT_FORMAT)
        m = tarfile.TarInfo('d/' * 60 + 'name')
        m.size = 3; m.uid = 5; m.mtime = 12.5 if 'FORMAT' == 'PAX' else 12
        m.uname = 'user'
        t.addfile(m, io.BytesIO(b'abc'))
        m = tarfile.TarInfo('link'); m.type = tarfile.SYMTYPE; m.linkname = 't' * 90
        t.addfile(m)
        t.close()
        E
        """
            .replace("FORMAT_FORMAT", format + "_FORMAT")
            .replace("'FORMAT'", "'" + format + "'"));
    List<Member> read = Archives.read(Files.readAllBytes(dir.resolve("theirs.tar")));
    TarEntry file = read.get(0).entry();
    assertEquals("d/".repeat(60) + "name", file.name().toString());
    assertEquals(5, file.uid());
    assertEquals("user", file.userName());
    assertEquals(12, file.mtimeSeconds());
    assertEquals(format.equals("PAX") ? 500_000_000 : 0, file.mtimeNanos());
    assertArrayEquals(new byte[] {'a', 'b', 'c'}, read.get(0).content());
    assertEquals("t".repeat(90), read.get(1).entry().linkName().toString());
  }

  @Test
  void bsdtarReadsOursAndWeReadItsAttributes(@TempDir Path dir) throws Exception {
    Commands.assumeInstalled("bsdtar");
    for (TarWriter.Format format : TarWriter.Format.values()) {
      Files.write(dir.resolve("ours.tar"), Archives.write(format, members(format)));
      Commands.output(dir, "rm -f theirs.tar; bsdtar --format=pax -cf theirs.tar @ours.tar");
      var read = Archives.byCleanName(Archives.read(Files.readAllBytes(dir.resolve("theirs.tar"))));
      for (Member m : members(format)) {
        Member back = Archives.get(read, m.entry().name().clean().toString());
        assertArrayEquals(m.content(), back.content());
        assertEquals(m.entry().mtimeNanos(), back.entry().mtimeNanos());
        assertEquals(m.entry().xattrs().keySet(), back.entry().xattrs().keySet());
      }
    }
  }
}

package dev.phyllo.layers;

import static dev.phyllo.layers.RawTar.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Archives.Member;
import dev.phyllo.layers.RawTar.Header;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the reader makes of well-formed archives, old and new. */
class TarReaderTest {
  private static Member only(byte[] archive) {
    List<Member> members = Archives.read(archive);
    assertEquals(1, members.size());
    return members.getFirst();
  }

  private static RawTar tar() {
    return new RawTar();
  }

  @Test
  void aVersion7HeaderHasNoOwnerNamesAndNoPrefix() {
    Header h = new Header("file", '\0').zero(257, 512).put(265, "junk").put(345, "junk");
    h.put(100, "   644 \0").put(108, "     1 \0");
    TarEntry e = only(tar().add(h).end()).entry();
    assertEquals("file", e.name().toString());
    assertEquals(0644, e.mode());
    assertEquals(1, e.uid());
    assertEquals("", e.userName());
    assertEquals(TarEntry.Type.FILE, e.type());
  }

  @ParameterizedTest
  @ValueSource(chars = {'\0', '0', '7'})
  void aRegularFileWhoseNameEndsInASlashIsADirectory(char type) {
    TarEntry e = only(tar().add(new Header("dir/", type)).end()).entry();
    assertEquals(TarEntry.Type.DIRECTORY, e.type());
    assertEquals("dir/", e.name().toString());
  }

  @Test
  void aContiguousFileIsAFile() {
    Member m = only(tar().add(new Header("f", '7').size(3)).content("abc").end());
    assertEquals(TarEntry.Type.FILE, m.entry().type());
    assertEquals(3, m.content().length);
  }

  @Test
  void thePrefixGoesInFrontOfTheName() {
    Header h = new Header("name", '0').put(345, "some/prefix");
    assertEquals("some/prefix/name", only(tar().add(h).end()).entry().name().toString());
  }

  @Test
  void anOldGnuHeaderHasTimesWhereThePrefixWouldBe() {
    Header h = new Header("name", '0').gnu().put(345, "14535566122");
    assertEquals("name", only(tar().add(h).end()).entry().name().toString());
  }

  @Test
  void starKeepsTimesAtTheEndOfThePrefix() {
    Header h = new Header("name", '0').put(345, "p".repeat(131)).put(476, "14535566122 ");
    h.put(508, "tar");
    assertEquals("p".repeat(131) + "/name", only(tar().add(h).end()).entry().name().toString());
  }

  @Test
  void aChecksumOfSignedBytesIsAccepted() {
    Header h = new Header("n\u00e9", '0');
    byte[] block = h.sealed().clone();
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += i >= 148 && i < 156 ? ' ' : block[i];
    }
    System.arraycopy(
        RawTar.octal(sum, 6).getBytes(java.nio.charset.StandardCharsets.US_ASCII),
        0,
        block,
        148,
        6);
    assertEquals("n\\xe9", only(tar().add(block).end()).entry().name().toString());
  }

  @Test
  void linksDevicesAndDirectoriesHaveNoContentWhateverTheirSizeSays() {
    RawTar tar = tar();
    for (char type : "123456".toCharArray()) {
      tar.add(new Header("n" + type, type).size(4096).put(157, "target").put(329, "0000007"));
    }
    List<Member> members = Archives.read(tar.file("last", "x").end());
    assertEquals(7, members.size());
    assertEquals(0, members.get(0).entry().size());
    assertEquals("target", members.get(1).entry().linkName().toString());
    assertEquals(7, members.get(2).entry().deviceMajor());
    assertEquals(0, members.get(4).entry().deviceMajor());
  }

  @Test
  void entriesOfUnknownTypeAreSkippedWithTheirContent() {
    byte[] archive =
        tar()
            .add(new Header("v", 'V'))
            .add(new Header("z", 'Z').size(700))
            .content("z".repeat(700))
            .file("f", "x")
            .end();
    assertEquals("f", only(archive).entry().name().toString());
  }

  @Test
  void base256NumbersCarryLargeAndNegativeValues() {
    Header h = new Header("f", '0');
    h.put(
        108, new byte[] {(byte) 0x80, 0, 0, 0, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xfe});
    byte[] minusTwo = new byte[12];
    Arrays.fill(minusTwo, (byte) 0xff);
    minusTwo[11] = (byte) 0xfe;
    h.put(136, minusTwo);
    TarEntry e = only(tar().add(h).end()).entry();
    assertEquals(4_294_967_294L, e.uid());
    assertEquals(-2, e.mtimeSeconds());
  }

  @Test
  void paxRecordsReplaceTheHeadersFields() {
    String records =
        record("path", "a/long\u00ff/name")
            + record("size", "3")
            + record("uid", "4294967294")
            + record("gid", "77")
            + record("uname", "us\u00e9r")
            + record("mtime", "1.000000001999")
            + record("comment", "ignored")
            + record("SCHILY.xattr.user.x", "a=b\0\n")
            + record("LIBARCHIVE.xattr.user.%79", "AAEC");
    Member m = only(tar().pax('x', records).add(new Header("short", '0')).content("abc").end());
    TarEntry e = m.entry();
    assertEquals("a/long\\xff/name", e.name().toString());
    assertEquals(3, e.size());
    assertEquals(4_294_967_294L, e.uid());
    assertEquals(77, e.gid());
    assertEquals(1, e.mtimeSeconds());
    assertEquals(1, e.mtimeNanos());
    assertArrayEquals(new byte[] {'a', '=', 'b', 0, '\n'}, e.xattrs().get(RawPath.of("user.x")));
    assertArrayEquals(new byte[] {0, 1, 2}, e.xattrs().get(RawPath.of("user.y")));
  }

  @Test
  void globalRecordsHoldUntilReplacedAndLocalOnesForOneEntry() {
    byte[] archive =
        tar()
            .pax('g', record("uid", "7") + record("gid", "8") + record("SCHILY.xattr.user.g", "1"))
            .file("a", "")
            .pax('x', record("uid", "9") + record("gid", ""))
            .file("b", "")
            .pax('g', record("gid", ""))
            .file("c", "")
            .end();
    List<Member> m = Archives.read(archive);
    assertEquals(List.of(7L, 9L, 7L), m.stream().map(x -> x.entry().uid()).toList());
    assertEquals(List.of(8L, 0L, 0L), m.stream().map(x -> x.entry().gid()).toList());
    assertTrue(m.get(2).entry().xattrs().containsKey(RawPath.of("user.g")));
  }

  @Test
  void gnuLongNamesHoldForOneEntry() {
    String name = "n".repeat(300);
    byte[] archive =
        tar()
            .add(new Header("././@LongLink", 'K').gnu().size(301))
            .content("l".repeat(300) + "\0")
            .add(new Header("././@LongLink", 'L').gnu().size(301))
            .content(name + "\0")
            .add(new Header("n", '2').gnu().put(157, "l"))
            .file("next", "")
            .end();
    List<Member> m = Archives.read(archive);
    assertEquals(name, m.get(0).entry().name().toString());
    assertEquals("l".repeat(300), m.get(0).entry().linkName().toString());
    assertEquals("next", m.get(1).entry().name().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "0,0,0",
    "-1,-1,0",
    "-1.5,-2,500000000",
    "-0.25,-1,750000000",
    "1.,1,0",
    "12.000000001,12,1",
    "9223372036854775807,9223372036854775807,0"
  })
  void paxTimesAreFloored(String text, long seconds, int nanos) {
    TarEntry e =
        only(tar().pax('x', record("mtime", text)).add(new Header("f", '0')).end()).entry();
    assertEquals(seconds, e.mtimeSeconds());
    assertEquals(nanos, e.mtimeNanos());
  }

  @Test
  void theEndMarkerMayBeMissingAndWhatFollowsItIsDrained() {
    assertEquals("f", only(tar().file("f", "x").bytes()).entry().name().toString());
    assertEquals(0, Archives.read(new byte[0]).size());
    assertEquals(0, Archives.read(new byte[512]).size());
    byte[] archive =
        tar().file("f", "x").add(new byte[1024]).file("hidden", "y").add(new byte[77]).bytes();
    assertEquals(1, Archives.read(archive).size());
  }

  @Test
  void offsetsPointAtTheStoredContent() throws Exception {
    byte[] archive = tar().pax('x', record("uid", "1")).file("a", "hello").file("b", "world").end();
    try (TarReader reader =
        new TarReader(new ByteArrayInputStream(archive), TarLimits.DEFAULT, "t")) {
      assertNotNull(reader.next());
      assertEquals(3 * 512, reader.offset());
      assertEquals('h', archive[(int) reader.offset()]);
      assertEquals('h', reader.content().read());
      assertArrayEquals(new byte[] {'e', 'l', 'l', 'o'}, reader.content().readAllBytes());
      assertEquals(-1, reader.read(new byte[10], 0, 10));
      InputStream old = reader.content();
      assertNotNull(reader.next());
      assertEquals(5 * 512, reader.offset());
      assertThrows(IllegalStateException.class, old::read);
      assertNull(reader.next());
      assertNull(reader.next());
    }
  }

  @Test
  void aFailingStreamIsASystemError() {
    InputStream failing =
        new SequenceInputStream(
            new ByteArrayInputStream(tar().file("f", "x").bytes(), 0, 700),
            new InputStream() {
              @Override
              public int read() throws IOException {
                throw new IOException("disk on fire");
              }

              @Override
              public int read(byte[] b, int off, int len) throws IOException {
                return read();
              }
            });
    try (TarReader reader = new TarReader(failing, TarLimits.DEFAULT, "layer")) {
      SystemException e =
          assertThrows(
              SystemException.class,
              () -> {
                while (reader.next() != null) {}
              });
      assertEquals("layer: disk on fire", e.getMessage());
    }
  }

  @Test
  void largeAndSmallReadsGiveTheSameContent() {
    byte[] content = new byte[1_000_003];
    new java.util.Random(1).nextBytes(content);
    byte[] archive =
        Archives.write(
            TarWriter.Format.PAX,
            List.of(new Member(Archives.file("f", content.length).build(), content)));
    for (int size : new int[] {1, 511, 4096, 32 * 1024, 300_000, 2_000_000}) {
      try (TarReader reader =
          new TarReader(new ByteArrayInputStream(archive), TarLimits.DEFAULT, "t")) {
        reader.next();
        byte[] got = new byte[content.length + size];
        int n = 0;
        for (int r; (r = reader.read(got, n, size)) >= 0; ) {
          n += r;
        }
        assertArrayEquals(content, Arrays.copyOf(got, n));
        assertNull(reader.next());
      }
    }
  }

  @Test
  void aSmallestLimitIsNotPassedByAnArchiveThatFits() {
    byte[] archive = tar().file("f", "x").end();
    TarLimits limits = new TarLimits(1, archive.length, 1, 0, 0);
    assertEquals(1, Archives.read(archive, limits).size());
    assertThrows(
        InvalidException.class,
        () -> Archives.read(archive, limits.withMaxTotalBytes(archive.length - 1)));
  }
}

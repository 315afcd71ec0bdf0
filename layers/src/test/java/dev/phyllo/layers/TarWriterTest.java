package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Archives.Member;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TarWriterTest {
  private static byte[] pax(TarEntry e) {
    return Archives.write(TarWriter.Format.PAX, List.of(new Member(e, new byte[(int) e.size()])));
  }

  private static String text(byte[] archive, int from, int length) {
    return new String(archive, from, length, StandardCharsets.ISO_8859_1);
  }

  private static void refused(TarEntry e, String why) {
    InvalidException x =
        assertThrows(
            InvalidException.class,
            () -> Archives.write(TarWriter.Format.PAX, List.of(Member.of(e))));
    assertTrue(x.why().contains(why), x::getMessage);
  }

  @Test
  void aSimpleEntryIsOneUstarHeaderAndItsContent() {
    byte[] archive = pax(Archives.file("f", 3).mode(04755).owner(1, 2).mtime(10, 0).build());
    assertEquals(512 + 512 + 1024, archive.length);
    assertEquals(
        "0004755\0" + "0000001\0" + "0000002\0" + "00000000003\0" + "00000000012\0",
        text(archive, 100, 48));
    assertEquals("ustar\00000", text(archive, 257, 8));
  }

  @Test
  void aNameOf256BytesIsSplitWhereASlashAllowsIt() {
    String name = "p".repeat(155) + "/" + "n".repeat(100);
    byte[] archive = pax(Archives.file(name, 0).build());
    assertEquals('0', archive[156]);
    assertEquals("n".repeat(100), text(archive, 0, 100));
    assertEquals("p".repeat(155), text(archive, 345, 155));
    assertEquals('x', pax(Archives.file("p" + name, 0).build())[156]);
    assertEquals('x', pax(Archives.file("n".repeat(101), 0).build())[156]);
    assertEquals('x', pax(Archives.file("/" + "n".repeat(100), 0).build())[156]);
  }

  @Test
  void paxRecordsAreSortedAndSayNoMoreThanTheyMust() {
    TarEntry e =
        Archives.file("f", 0)
            .xattr("user.b", new byte[] {1})
            .xattr("user.a", new byte[] {2})
            .mtime(-2, 500_000_000)
            .owner(3_000_000, 0)
            .build();
    byte[] archive = pax(e);
    String expected =
        "25 SCHILY.xattr.user.a=\u0002\n25 SCHILY.xattr.user.b=\u0001\n14 mtime=-1.5\n"
            + "15 uid=3000000\n";
    assertEquals(expected, text(archive, 512, expected.length()));
    assertEquals(0, archive[512 + expected.length()]);
  }

  @Test
  void aDirectoryGetsASlashAndASparseFileIsWrittenInFull() {
    assertEquals(
        "d/\0",
        text(pax(TarEntry.builder(RawPath.of("d"), TarEntry.Type.DIRECTORY).build()), 0, 3));
    TarEntry sparse = Archives.file("s", 1000).extents(List.of(new Extent(10, 5))).build();
    TarEntry read = Archives.read(pax(sparse)).getFirst().entry();
    assertEquals(1000, read.size());
    assertTrue(!read.isSparse());
  }

  @Test
  void aBinaryCapabilityComesBackByteForByte() {
    byte[] capability = {1, 0, 0, 2, (byte) 0xff, (byte) 0x80, 0, 0, 0, '\n', '=', 0, 0, 0, 0, 0};
    TarEntry e = Archives.file("ping", 0).xattr("security.capability", capability).build();
    TarEntry read = Archives.read(pax(e)).getFirst().entry();
    assertArrayEquals(capability, read.xattrs().get(RawPath.of("security.capability")));
  }

  @Test
  void contentOfAnotherLengthIsRefused() {
    TarEntry e = Archives.file("f", 3).build();
    for (int wrong : new int[] {0, 2, 4, 100_000}) {
      InvalidException x =
          assertThrows(
              InvalidException.class,
              () -> Archives.write(TarWriter.Format.PAX, List.of(new Member(e, new byte[wrong]))));
      assertTrue(x.why().contains("its content is"), x::getMessage);
    }
  }

  @Test
  void entriesThatCouldNotBeReadBackAreRefused() {
    refused(Archives.file("", 0).build(), "needs a name");
    refused(Archives.file("a\0b", 0).build(), "NUL");
    refused(Archives.file("a/", 0).build(), "slash");
    refused(Archives.file("a", 0).mode(010000).build(), "mode");
    refused(Archives.file("a", 0).owner(-1, 0).build(), "negative");
    refused(Archives.file("a", 0).mtime(0, 1_000_000_000).build(), "nanoseconds");
    refused(Archives.file("a", 0).linkName(RawPath.of("b")).build(), "only links");
    refused(TarEntry.builder(RawPath.of("a"), TarEntry.Type.SYMLINK).build(), "needs a target");
    refused(Archives.file("a", 0).xattr("", new byte[0]).build(), "without a name");
    refused(
        TarEntry.builder(RawPath.of("a"), TarEntry.Type.BLOCK_DEVICE).device(-1, 0).build(),
        "device");
    assertThrows(
        InvalidException.class,
        () ->
            Archives.write(
                TarWriter.Format.GNU,
                List.of(Member.of(Archives.file("a", 0).xattr("user.a", new byte[1]).build()))));
  }

  @Test
  void aFullDiskIsASystemError() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no space left on device");
          }
        };
    TarWriter writer = new TarWriter(full);
    SystemException e = assertThrows(SystemException.class, writer::close);
    assertEquals("no space left on device", e.why());
  }

  @Test
  void finishedArchivesTakeNoMoreEntries() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter writer = new TarWriter(out);
    writer.finish();
    writer.finish();
    assertEquals(1024, out.size());
    assertThrows(IllegalStateException.class, () -> writer.entry(Archives.file("a", 0).build()));
    writer.close();
    assertEquals(1024, out.size());
  }
}

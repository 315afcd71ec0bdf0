package dev.phyllo.layers;

import static dev.phyllo.layers.RawTar.record;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.RawTar.Header;
import dev.phyllo.oci.InvalidException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Malformed archives are refused with the byte and the reason. */
class MalformedTarTest {
  private static RawTar tar() {
    return new RawTar();
  }

  private static void refused(byte[] archive, long at, String why) {
    refused(archive, TarLimits.DEFAULT, at, why);
  }

  private static void refused(byte[] archive, TarLimits limits, long at, String why) {
    InvalidException e = assertThrows(InvalidException.class, () -> Archives.read(archive, limits));
    assertEquals("test.tar", e.thing());
    assertTrue(e.why().startsWith("byte " + at + ": "), e::getMessage);
    assertTrue(e.why().contains(why), e::getMessage);
  }

  private static void paxRefused(String records, int at, String why) {
    refused(tar().pax('x', records).file("f", "").end(), 512 + at, why);
  }

  @Test
  void aWrongChecksumIsRefused() {
    byte[] archive = tar().file("a", "x").file("b", "y").end();
    archive[1024 + 3]++;
    refused(archive, 1024, "checksum");
  }

  @Test
  void somethingThatIsNoTarAtAllIsRefused() {
    refused(
        "<html>".repeat(200).getBytes(java.nio.charset.StandardCharsets.US_ASCII),
        0 + 148,
        "checksum");
  }

  @Test
  void aNegativeSizeIsRefused() {
    byte[] minusOne = new byte[12];
    Arrays.fill(minusOne, (byte) 0xff);
    refused(tar().add(new Header("f", '0').put(124, minusOne)).end(), 124, "negative size: -1");
    paxRefused(record("size", "-1"), 0, "negative size");
  }

  @Test
  void numbersThatDoNotFitAreRefused() {
    byte[] large = new byte[12];
    large[0] = (byte) 0x80;
    large[3] = 1;
    refused(tar().add(new Header("f", '0').put(124, large)).end(), 124, "64 bits");
    large[3] = 0;
    large[4] = (byte) 0x7f;
    refused(tar().add(new Header("f", '0').put(124, large)).end(), 1536, "truncated");
    Arrays.fill(large, 4, 12, (byte) 0xff);
    large[4] = 0x7f;
    refused(tar().add(new Header("f", '0').put(124, large)).end(), 124, "too large");
    paxRefused(record("size", "9223372036854775808"), 0, "63 bits");
    paxRefused(record("uid", "99999999999999999999999"), 0, "63 bits");
    paxRefused(record("uid", "12a"), 0, "decimal");
    paxRefused(record("mtime", "1.2.3"), 0, "decimal");
    paxRefused(record("mtime", "-"), 0, "decimal");
  }

  @Test
  void aNumberThatIsNotOctalIsRefused() {
    refused(tar().add(new Header("f", '0').put(100, "0000948")).end(), 100, "mode is not an octal");
    refused(tar().add(new Header("f", '0').put(124, "-0000000001")).end(), 124, "octal");
  }

  @Test
  void aTruncatedArchiveIsRefusedWhereverItIsCut() {
    byte[] archive =
        tar().pax('x', record("uid", "1")).file("a", "x".repeat(700)).file("b", "y").bytes();
    for (int length = 1; length < archive.length; length++) {
      int cut = length;
      // Between entries it is a whole archive without end marker.
      if (cut == 5 * 512) {
        continue;
      }
      InvalidException e =
          assertThrows(
              InvalidException.class,
              () -> Archives.read(Arrays.copyOf(archive, cut)),
              () -> "cut at " + cut);
      assertTrue(
          e.why().contains("truncated") || e.why().contains("without an entry"), e::getMessage);
    }
  }

  @Test
  void contentThatEndsEarlyIsMissedAlsoByRead() {
    byte[] archive = Arrays.copyOf(tar().file("a", "x".repeat(700)).bytes(), 600);
    try (TarReader reader =
        new TarReader(new ByteArrayInputStream(archive), TarLimits.DEFAULT, "t")) {
      reader.next();
      InvalidException e =
          assertThrows(InvalidException.class, () -> reader.content().readAllBytes());
      assertEquals("t: byte 600: truncated: 612 bytes are missing of a", e.getMessage());
    }
  }

  @Test
  void aSingleBlockOfZerosInTheMiddleIsRefused() {
    refused(tar().file("a", "").add(new byte[512]).file("b", "").end(), 512, "block of zeros");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "11 uid=123", "12 uid=123\n", "10 uid=123\n", "uid=123\n", "11uid=1234\n", "-1 uid=123\n",
        "99999999999999999999 uid=1\n", "8 =123\n\n", "7 uid1\n", "0 uid=1\n", "3 \n", " 5 a=b\n"
      })
  void aPaxRecordOfWrongLengthOrFormIsRefused(String records) {
    paxRefused(records, 0, "a PAX record");
  }

  @Test
  void theSecondPaxRecordIsTheOneNamed() {
    String good = record("uid", "1");
    paxRefused(good + "5 gid=1\n", good.length(), "a PAX record");
  }

  @Test
  void nulBytesInNamesAreRefused() {
    paxRefused(record("path", "a\0b"), 0, "NUL byte in path");
    paxRefused(record("linkpath", "a\0b"), 0, "NUL byte in linkpath");
    paxRefused(record("SCHILY.xattr.user.a\0b", "1"), 0, "NUL byte in the name");
    paxRefused(record("GNU.sparse.name", "a\0b"), 0, "NUL byte in GNU.sparse.name");
  }

  @Test
  void attributesThatMakeNoSenseAreRefused() {
    paxRefused(record("SCHILY.xattr.", "1"), 0, "without a name");
    paxRefused(record("LIBARCHIVE.xattr.user.x", "*=*"), 0, "base64");
  }

  @Test
  void entriesWithoutNameOrTargetAreRefused() {
    refused(tar().add(new Header("", '0')).end(), 0, "without a name");
    refused(tar().add(new Header("l", '2')).end(), 157, "without a target");
    refused(tar().add(new Header("l", '1')).end(), 157, "without a target");
  }

  @Test
  void anExtendedHeaderWithoutAnEntryIsRefused() {
    refused(tar().file("a", "").pax('x', record("uid", "1")).end(), 512, "without an entry");
    refused(tar().add(new Header("L", 'L').size(3)).content("abc").end(), 0, "without an entry");
    assertEquals(0, Archives.read(tar().pax('g', record("uid", "1")).end()).size());
  }

  @Test
  void aSplitArchiveIsRefused() {
    refused(tar().add(new Header("f", 'M')).end(), 156, "volume");
  }

  @Test
  void everyLimitIsKept() {
    byte[] three = tar().file("a", "").file("b", "").file("c", "").end();
    refused(three, TarLimits.DEFAULT.withMaxEntries(2), 1024, "more than 2 entries");
    refused(three, TarLimits.DEFAULT.withMaxTotalBytes(1024), 1024, "larger than the limit");
    refused(
        tar().pax('x', record("path", "abcdef")).file("a", "").end(),
        TarLimits.DEFAULT.withMaxPathBytes(5),
        512,
        "6 bytes; the limit is 5");
    refused(
        tar().add(new Header("L", 'L').size(6)).content("abcdef").file("a", "").end(),
        TarLimits.DEFAULT.withMaxPathBytes(5),
        0,
        "6 bytes; the limit is 5");
    refused(
        tar().file("abcdef", "").end(),
        TarLimits.DEFAULT.withMaxPathBytes(5),
        0,
        "6 bytes; the limit is 5");
    refused(
        tar().pax('x', "x".repeat(1000)).end(),
        TarLimits.DEFAULT.withMaxPaxBytes(999),
        124,
        "1000 bytes; the limit is 999");
    refused(
        tar().pax('x', record("uid", "1")).pax('x', record("uid", "2")).file("a", "").end(),
        TarLimits.DEFAULT.withMaxPaxBytes(10),
        1024 + 124,
        "the limit is 10");
  }

  @Test
  void aHeaderThatOnlyPromisesMegabytesTakesNoMemory() {
    byte[] archive = tar().add(new Header("pax", 'x').size(8 << 20)).content("short").bytes();
    refused(archive, 0, "instead of 8388608");
  }

  @Test
  void anEndlessArchiveIsStoppedByTheLimit() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }

          @Override
          public int read(byte[] b, int off, int len) {
            Arrays.fill(b, off, off + len, (byte) 0);
            return len;
          }
        };
    TarLimits limits = TarLimits.DEFAULT.withMaxTotalBytes(10 << 20);
    try (TarReader reader = new TarReader(endless, limits, "bomb")) {
      reader.next();
      InvalidException e = assertThrows(InvalidException.class, reader::drain);
      assertTrue(e.why().contains("larger than the limit"), e::getMessage);
    }
  }

  private static Header sparse(String pairs, long stored, long real) {
    Header h = new Header("s", 'S').gnu().size(stored).put(483, RawTar.octal(real, 11));
    String[] numbers = pairs.isEmpty() ? new String[0] : pairs.split(",", -1);
    for (int i = 0; i < numbers.length; i++) {
      h.put(386 + 12 * i, RawTar.octal(Long.parseLong(numbers[i]), 11));
    }
    return h;
  }

  @Test
  void oldGnuSparseMapsThatMakeNoSenseAreRefused() {
    refused(
        tar().add(sparse("512,10,500,10", 20, 9000)).content("x".repeat(20)).end(),
        386 + 24,
        "out of order or overlapping");
    refused(tar().add(sparse("512,10", 10, 515)).content("x".repeat(10)).end(), 0, "ends at 522");
    refused(
        tar().add(sparse("512,10", 11, 9000)).content("x".repeat(11)).end(), 0, "10 bytes of data");
    byte[] max = {(byte) 0x80, 0, 0, 0, 0x7f, -1, -1, -1, -1, -1, -1, -1};
    refused(tar().add(sparse("512,10", 10, 9000).put(386, max)).content("x").end(), 386, "63 bits");
    Header more = sparse("0,1,2,1,4,1,6,1", 4, 100);
    more.block[482] = 1;
    refused(tar().add(more).bytes(), 512, "should go on here");
  }

  @Test
  void paxSparseMapsThatMakeNoSenseAreRefused() {
    String size = record("GNU.sparse.size", "100");
    paxRefused(size + record("GNU.sparse.map", "5,1,3"), size.length(), "odd number");
    paxRefused(size + record("GNU.sparse.map", "5,1,3,1"), size.length(), "out of order");
    paxRefused(size + record("GNU.sparse.map", "5,,3,1"), size.length(), "decimal");
    paxRefused(size + record("GNU.sparse.numbytes", "1"), size.length(), "without GNU.sparse.off");
    String offset = record("GNU.sparse.offset", "1");
    paxRefused(offset + offset, offset.length(), "twice");
    paxRefused(record("GNU.sparse.numblocks", "99999999"), 0, "extents");
    refused(
        tar().pax('x', record("GNU.sparse.map", "0,1")).file("f", "x").end(), 1024, "without GNU");
    refused(
        tar().pax('x', size + record("GNU.sparse.map", "0,1")).file("f", "xy").end(),
        1024,
        "1 bytes of data");
    refused(
        tar().pax('x', size + record("GNU.sparse.major", "2")).file("f", "xy").end(), 1024, "2.0");
  }

  @Test
  void pax10SparseMapsThatMakeNoSenseAreRefused() {
    String records =
        record("GNU.sparse.major", "1")
            + record("GNU.sparse.minor", "0")
            + record("GNU.sparse.realsize", "100");
    for (String map : new String[] {"1\n5\n", "x\n", "\n", "99999999999999999999\n", "1\n0 \n"}) {
      byte[] archive =
          tar().pax('x', records).add(new Header("f", '0').size(512)).content(map).end();
      InvalidException e = assertThrows(InvalidException.class, () -> Archives.read(archive));
      assertTrue(e.why().contains("sparse map"), e::getMessage);
    }
    refused(
        tar().pax('x', records).add(new Header("f", '0').size(512)).content("2000000\n").end(),
        1536,
        "extents");
    refused(
        tar().pax('x', records).add(new Header("f", '0').size(10)).content("1\n0\n1\n").end(),
        1536,
        "longer than the content");
  }
}

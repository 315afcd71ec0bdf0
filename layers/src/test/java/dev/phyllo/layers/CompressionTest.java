package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UnsupportedException;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {
  private static byte[] compress(Compression c, byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream compressed = c.compress(out)) {
      compressed.write(content);
    }
    return out.toByteArray();
  }

  private static byte[] decompress(Compression c, byte[] data) throws IOException {
    // A stream that gives few bytes at a time meets every border.
    InputStream slow =
        new ByteArrayInputStream(data) {
          @Override
          public int read(byte[] b, int off, int len) {
            return super.read(b, off, Math.min(len, 7_001));
          }

          @Override
          public int available() {
            return 0;
          }
        };
    try (InputStream in = c.decompress(slow, "layer")) {
      return in.readAllBytes();
    }
  }

  private static byte[] sample(int length) {
    byte[] sample = new byte[length];
    Random random = new Random(7);
    for (int i = 0; i < length; i++) {
      sample[i] = (byte) (random.nextInt(4) == 0 ? random.nextInt() : i >> 8);
    }
    return sample;
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void whatIsCompressedComesBackAndIsTheSameEachTime(Compression c) throws IOException {
    for (int length : new int[] {0, 1, 1000, 1_500_000}) {
      byte[] content = sample(length);
      byte[] data = compress(c, content);
      assertArrayEquals(content, decompress(c, data));
      assertArrayEquals(data, compress(c, content));
      if (length > 0 || c != Compression.NONE) {
        assertEquals(c, Compression.detect(data));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"GZIP", "ZSTD"})
  void severalMembersAreOneContent(Compression c) throws IOException {
    byte[] a = sample(300_000);
    byte[] joined = concat(concat(compress(c, a), compress(c, new byte[0])), compress(c, a));
    assertArrayEquals(concat(a, a), decompress(c, joined));
  }

  @ParameterizedTest
  @EnumSource(names = {"GZIP", "ZSTD"})
  void aTruncatedStreamIsRefusedWhereverItIsCut(Compression c) throws IOException {
    byte[] data = compress(c, sample(2_000));
    for (int length = c == Compression.GZIP ? 0 : 1; length < data.length; length++) {
      byte[] cut = Arrays.copyOf(data, length);
      InvalidException e = assertThrows(InvalidException.class, () -> decompress(c, cut));
      assertTrue(e.why().contains("truncated"), e::getMessage);
    }
  }

  @Test
  void trailingGarbageIsRefused() throws IOException {
    byte[] content = sample(1000);
    byte[] gzip = compress(Compression.GZIP, content);
    for (byte[] garbage : new byte[][] {{0}, new byte[512], {0x1f}, {0x1f, 0x00}, {'x', 'y'}}) {
      InvalidException e =
          assertThrows(
              InvalidException.class, () -> decompress(Compression.GZIP, concat(gzip, garbage)));
      assertTrue(e.why().contains("trailing garbage"), e::getMessage);
    }
    byte[] zstd = compress(Compression.ZSTD, content);
    assertThrows(
        InvalidException.class, () -> decompress(Compression.ZSTD, concat(zstd, new byte[512])));
  }

  @ParameterizedTest
  @EnumSource(names = {"GZIP", "ZSTD"})
  void aFlippedBitIsAnInvalidExceptionOrDoesNotMatter(Compression c) throws IOException {
    SplittableRandom random = new SplittableRandom(Randoms.seed("aFlippedBit"));
    byte[] content = sample(5_000);
    byte[] data = compress(c, content);
    int refused = 0;
    for (int i = 0; i < 500; i++) {
      byte[] flipped = data.clone();
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        assertArrayEquals(content, decompress(c, flipped));
      } catch (InvalidException e) {
        assertEquals("layer", e.thing());
        refused++;
      }
    }
    assertTrue(refused > 400, refused + " refused");
  }

  @Test
  void everyOptionalFieldOfAGzipHeaderIsSkipped() throws IOException {
    byte[] plain = compress(Compression.GZIP, sample(10));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(plain, 0, 3);
    out.write(0x02 | 0x04 | 0x08 | 0x10);
    out.write(plain, 4, 6);
    out.writeBytes(new byte[] {3, 0, 'x', 0, 'y'});
    out.writeBytes(new byte[] {'n', 0, 'c', 0});
    out.writeBytes(new byte[] {1, 2});
    out.write(plain, 10, plain.length - 10);
    assertArrayEquals(sample(10), decompress(Compression.GZIP, out.toByteArray()));
  }

  @Test
  void gzipIsWrittenWithoutNameAndTime() throws IOException {
    byte[] data = compress(Compression.GZIP, sample(10));
    assertEquals("1f8b0800000000000", HexFormat.of().formatHex(data, 0, 9).substring(0, 17));
  }

  @ParameterizedTest
  @CsvSource({
    "1f8b,GZIP",
    "28b52ffd,ZSTD",
    "502a4d18,ZSTD",
    "5f2a4d18,ZSTD",
    "6f2a4d18,NONE",
    "1f,NONE",
    "'',NONE",
    "28b52f,NONE",
    "425a68,NONE"
  })
  void theFirstBytesDecide(String hex, Compression expected) throws IOException {
    byte[] head = HexFormat.of().parseHex(hex);
    assertEquals(expected, Compression.detect(head));
    BufferedInputStream in = new BufferedInputStream(new ByteArrayInputStream(head), 1);
    assertEquals(expected, Compression.detect(in));
    assertArrayEquals(head, in.readAllBytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"fd377a585a00", "425a6839314159265359", "425a683917724538509000", "04224d18"})
  void otherCompressionIsNamed(String hex) {
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class, () -> Compression.detect(HexFormat.of().parseHex(hex)));
    assertTrue(e.why().startsWith("compressed with "), e::getMessage);
  }

  @ParameterizedTest
  @CsvSource({"GZIP,gzip", "ZSTD,zstd"})
  void theCommandReadsOursAndWeReadTheCommands(Compression c, String command, @TempDir Path dir)
      throws Exception {
    Commands.assumeInstalled(command);
    byte[] content = sample(400_000);
    Files.write(dir.resolve("ours"), compress(c, content));
    Commands.output(dir, command + " -dc < ours > plain; " + command + " -c < plain > theirs");
    assertArrayEquals(content, Files.readAllBytes(dir.resolve("plain")));
    assertArrayEquals(content, decompress(c, Files.readAllBytes(dir.resolve("theirs"))));
  }
}

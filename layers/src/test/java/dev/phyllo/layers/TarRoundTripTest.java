package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Archives.Member;
import dev.phyllo.oci.InvalidException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Random entries and random damage. */
class TarRoundTripTest {
  /** What damaged archives may make the reader take, so that a flipped bit cannot ask for more. */
  private static final TarLimits SMALL = new TarLimits(10_000, 1 << 24, 1 << 14, 1 << 20, 10_000);

  @ParameterizedTest
  @EnumSource(TarWriter.Format.class)
  void whatIsWrittenIsReadBackEqual(TarWriter.Format format) {
    long seed = Randoms.seed("whatIsWrittenIsReadBackEqual");
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 30; round++) {
      List<Member> written = Randoms.members(random, format, 20);
      byte[] archive = Archives.write(format, written);
      assertEquals(0, archive.length % (format == TarWriter.Format.GNU ? 10_240 : 512));
      assertArrayEquals(archive, Archives.write(format, written), "the same bytes again");
      List<Member> read = Archives.read(archive);
      assertEquals(written.size(), read.size());
      for (int i = 0; i < written.size(); i++) {
        assertEquals(written.get(i).entry(), read.get(i).entry());
        assertArrayEquals(written.get(i).content(), read.get(i).content());
      }
    }
  }

  @Test
  @Timeout(60)
  void damageGivesAnInvalidExceptionOrACorrectParseAndNeverAnythingElse() {
    long seed = Randoms.seed("damageGivesAnInvalidException");
    SplittableRandom random = new SplittableRandom(seed);
    long until = System.nanoTime() + 2_000_000_000L;
    int refused = 0;
    int runs = 0;
    while (System.nanoTime() < until) {
      TarWriter.Format format = random.nextBoolean() ? TarWriter.Format.PAX : TarWriter.Format.GNU;
      byte[] archive = Archives.write(format, Randoms.members(random, format, 3));
      for (int i = 0; i < 20; i++, runs++) {
        byte[] damaged = damage(random, archive);
        try {
          parse(damaged);
        } catch (InvalidException e) {
          assertTrue(e.why().contains("byte "), e::getMessage);
          refused++;
        }
      }
    }
    assertTrue(refused > runs / 10, refused + " of " + runs + " refused");
  }

  private static void parse(byte[] archive) {
    byte[] buffer = new byte[4096];
    try (TarReader reader = new TarReader(new ByteArrayInputStream(archive), SMALL, "damaged")) {
      for (TarEntry e = reader.next(); e != null; e = reader.next()) {
        InputStream content = reader.content();
        long length = 0;
        // A hole can be of any length: only the beginning of it is looked at.
        for (int n; length < 1 << 20 && (n = content.read(buffer)) >= 0; ) {
          length += n;
        }
        assertTrue(length == e.size() || length >= 1 << 20, e::toString);
      }
      reader.drain();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Flips bits, overwrites fields, cuts; often mending the checksum so that deeper code is met. */
  private static byte[] damage(SplittableRandom random, byte[] archive) {
    byte[] damaged = archive.clone();
    if (random.nextInt(5) == 0) {
      return Arrays.copyOf(damaged, random.nextInt(damaged.length));
    }
    int block = random.nextInt(Math.min(damaged.length / 512, 12)) * 512;
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int at = block + random.nextInt(512);
      damaged[at] =
          switch (random.nextInt(4)) {
            case 0 -> (byte) (damaged[at] ^ 1 << random.nextInt(8));
            case 1 -> (byte) "01234567xgLKSM-=\n ,.9".charAt(random.nextInt(21));
            case 2 -> (byte) random.nextInt(256);
            default -> 0;
          };
    }
    if (random.nextInt(4) == 0) {
      damaged[block + 156] = (byte) "xgLKSMDV0125".charAt(random.nextInt(12));
    }
    if (random.nextInt(4) > 0) {
      mendChecksum(damaged, block);
    }
    return damaged;
  }

  private static void mendChecksum(byte[] archive, int block) {
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += i >= 148 && i < 156 ? ' ' : archive[block + i] & 0xff;
    }
    String text = RawTar.octal(sum, 6) + "\0 ";
    for (int i = 0; i < 8; i++) {
      archive[block + 148 + i] = (byte) text.charAt(i);
    }
  }
}

package dev.phyllo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimesTest {
  @Test
  void anyTimeIsReadAsTheJdkReadsIt() {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      long second = random.nextLong(-62_135_596_800L, 253_402_300_000L);
      ZoneOffset zone = ZoneOffset.ofTotalSeconds(60 * random.nextInt(-18 * 60, 18 * 60 + 1));
      OffsetDateTime time = Instant.ofEpochSecond(second).atOffset(zone);
      if (time.getYear() < 1 || time.getYear() > 9999) {
        continue;
      }
      String text = time.plusNanos(random.nextInt(2) * 123_456_789L).toString();
      if (text.length() >= 20 && text.charAt(16) == ':') {
        assertEquals(second * 1000, Times.millis(text), text + ", seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "yesterday",
        "2026-01-31",
        "2026-13-01T00:00:00Z",
        "2026-01-31T24:00:00Z",
        "2026-01-31T00:00:00",
        "2026-01-31T00:00:00+1:00",
        "2026-01-31 00:00:00Z"
      })
  void whatIsNoTimeIsNotAvailable(String text) {
    assertEquals("N/A", Times.ago(Optional.of(text)));
  }
}

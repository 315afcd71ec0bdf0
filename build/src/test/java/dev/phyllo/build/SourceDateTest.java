package dev.phyllo.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.UsageException;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SourceDateTest {
  @Test
  void theSourceDateIsANumberOfSeconds() {
    assertEquals(OptionalLong.empty(), SourceDate.parse(null));
    assertEquals(OptionalLong.empty(), SourceDate.parse(""));
    assertEquals(OptionalLong.of(17), SourceDate.parse("17"));
    assertThrows(UsageException.class, () -> SourceDate.parse("yesterday"));
    assertThrows(UsageException.class, () -> SourceDate.parse("-1"));
  }

  @Test
  void aMomentIsWrittenAsTheLibraryOfDatesWritesIt() {
    for (long seconds : new long[] {0, 17, 951_782_400, 1_735_689_600, 4_102_444_799L}) {
      assertEquals(Instant.ofEpochSecond(seconds).toString(), SourceDate.text(seconds, 0));
    }
    assertEquals(Instant.ofEpochSecond(17, 5_000_000).toString(), SourceDate.text(17, 5_000_000));
  }
}

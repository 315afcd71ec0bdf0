package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.UsageException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LogSpecTest {
  private static LogSpec parse(String driver, String... options) {
    return LogSpec.parse(Optional.of(driver), List.of(options));
  }

  @Test
  void dockersWordsAreUnderstood() {
    assertEquals(LogSpec.DEFAULT, LogSpec.parse(Optional.empty(), List.of()));
    assertFalse(LogSpec.DEFAULT.isLimited());
    assertEquals(
        new LogSpec("json-file", 10_000_000, 3),
        LogSpec.parse(Optional.empty(), List.of("max-size=10m", "max-file=3")));
    assertEquals(new LogSpec("local", 20_000_000, 5), parse("local"));
    assertEquals(new LogSpec("local", 512_000, 5), parse("local", "max-size=512kB"));
    assertEquals(new LogSpec("json-file", 0, 1), parse("json-file", "max-size=-1"));
    assertFalse(parse("none").isKept());
    assertTrue(parse("none").isLimited());
    assertEquals(1000, parse("json-file", "max-size=2k", "max-file=1").segment());
    assertEquals(2, parse("json-file", "max-size=2k", "max-file=1").segments());
  }

  @Test
  void otherWordsAreRefusedWithThoseThereAre() {
    assertTrue(
        assertThrows(UsageException.class, () -> parse("syslog"))
            .getMessage()
            .contains("json-file, local, none"));
    for (String bad :
        List.of(
            "max-size=",
            "max-size=x",
            "max-size=1",
            "max-size=10q",
            "max-size=9999999999g",
            "max-file=0",
            "max-file=x",
            "max-file=100000",
            "compress=true",
            "max-size")) {
      UsageException e =
          assertThrows(UsageException.class, () -> parse("json-file", bad), () -> bad);
      assertTrue(e.getMessage().contains(bad), e.getMessage());
    }
    assertThrows(UsageException.class, () -> parse("none", "max-size=1m"));
  }
}

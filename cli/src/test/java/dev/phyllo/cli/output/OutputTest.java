package dev.phyllo.cli.output;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0B",
    "7, 7B",
    "999, 999B",
    "1000, 1kB",
    "1024, 1.024kB",
    "4277321, 4.277MB",
    "1500000, 1.5MB",
    "12345678, 12.35MB",
    "123456789, 123.5MB",
    "1000000000000, 1TB",
    "9223372036854775807, 9.223EB",
  })
  void aSizeHasFourSignificantDigits(long bytes, String expected) {
    assertEquals(expected, Sizes.human(bytes));
  }

  @ParameterizedTest
  @CsvSource({"4277321, 4.28MB", "123456789, 123MB", "72800000, 72.8MB", "1, 1B"})
  void aListedSizeHasThree(long bytes, String expected) {
    assertEquals(expected, Sizes.brief(bytes));
  }

  @ParameterizedTest
  @CsvSource({"1023, 1023B", "1024, 1KiB", "1048576, 1MiB", "1610612736, 1.5GiB"})
  void memoryIsCountedInBinaryUnits(long bytes, String expected) {
    assertEquals(expected, Sizes.binary(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "0, Less than a second",
    "1, 1 second",
    "59, 59 seconds",
    "60, About a minute",
    "119, About a minute",
    "120, 2 minutes",
    "3599, 59 minutes",
    "3600, About an hour",
    "5340, About an hour",
    "5460, 2 hours",
    "86400, 24 hours",
    "129600, 36 hours",
    "172800, 2 days",
    "1141200, 13 days",
    "1209600, 2 weeks",
    "2592000, 4 weeks",
    "5184000, 2 months",
    "62208000, 24 months",
    "63417600, 2 years",
    "99792000, 3 years",
  })
  void aDurationReadsAsDockersDoes(long seconds, String expected) {
    assertEquals(expected, Sizes.duration(seconds * 1000));
    assertEquals(expected + " ago", Sizes.ago(50, 50 + seconds * 1000));
  }

  @Test
  void whatLiesInTheFutureWasJustNow() {
    assertEquals("Less than a second ago", Sizes.ago(5000, 0));
  }

  @Test
  void columnsAreAlignedAndTheLastOneIsNotPadded() {
    assertEquals(
        """
        REPOSITORY   TAG            SIZE
        é            latest         4MB
        long         a-longer-tag   1B
        """,
        new Table()
            .header("Repository", "tag", "size")
            .row("é", "latest", "4MB")
            .row("long", "a-longer-tag", "1B")
            .toString());
  }

  @Test
  void aNarrowColumnIsTenWideAsInDocker() {
    assertEquals(
        "TAG       ID\nx         y\n", new Table().header("tag", "id").row("x", "y").toString());
  }

  @Test
  void anEscapeSequenceInACellDoesNotReachTheTerminal() {
    assertEquals("a\\x1b[31m\n", new Table().row("a\u001b[31m").toString());
  }

  @ParameterizedTest
  @CsvSource({
    "imags, images",
    "iamges, images",
    "rum, run",
    "IMAGES, images",
    "inspekt, inspect",
    "vresion, version",
    "frobnicate,",
    "x,",
    "'',",
  })
  void theNearestWordIsSuggested(String typed, String expected) {
    List<String> words = List.of("images", "inspect", "run", "rmi", "version", "load");
    assertEquals(Optional.ofNullable(expected), DidYouMean.nearest(typed, words));
  }
}

package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformTest {
  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64",
    "Linux/X86_64, linux/amd64",
    "linux/aarch64, linux/arm64",
    "linux/arm64/v8, linux/arm64/v8",
    "linux/arm/V7, linux/arm/v7",
    "arm64, linux/arm64",
    "x86_64, linux/amd64",
    "i686, linux/386",
    "windows/amd64, windows/amd64",
  })
  void whatUsersTypeIsReadWithGoNames(String text, String expected) {
    assertEquals(expected, Platform.parse(text).toString());
  }

  @Test
  void anOperatingSystemAloneMeansThisMachinesArchitecture() {
    assertEquals(Platform.host(), Platform.parse("linux"));
    assertEquals("windows", Platform.parse("windows").os());
  }

  @Test
  void whatIsNotAPlatformIsRefused() {
    for (String bad :
        List.of("", "/", "linux/", "/amd64", "a/b/c/d", "linux//v7", "li nux/x", "ä/b")) {
      assertThrows(UsageException.class, () -> Platform.parse(bad), bad);
    }
  }

  @Test
  void anImageMatchesWhatIsWantedUpToUsualNames() {
    assertMatch("linux/amd64", "linux/amd64", true);
    assertMatch("linux/amd64", "linux/arm64", false);
    assertMatch("windows/amd64", "linux/amd64", false);
    assertMatch("linux/arm64", "linux/arm64/v8", true);
    assertMatch("linux/arm64/v8", "linux/arm64", true);
    assertMatch("linux/arm64/8", "linux/arm64/v8", true);
    assertMatch("linux/arm", "linux/arm/v7", true);
    assertMatch("linux/arm/v6", "linux/arm/v7", false);
    assertMatch("linux/arm/v6", "linux/arm", true);
    assertMatch("linux/x86_64", "linux/amd64", true);
  }

  private static void assertMatch(String image, String wanted, boolean expected) {
    if (expected) {
      assertTrue(Platform.parse(image).matches(Platform.parse(wanted)), image + " for " + wanted);
    } else {
      assertFalse(Platform.parse(image).matches(Platform.parse(wanted)), image + " for " + wanted);
    }
  }
}

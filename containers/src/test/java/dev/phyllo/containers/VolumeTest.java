package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeTest {
  @Test
  void sourceDestinationAndReadOnlyAreRead() {
    assertEquals(new Volume("/a", "/b", false), Volume.parse("/a:/b"));
    assertEquals(new Volume("/a", "/b", true), Volume.parse("/a:/b:ro"));
    assertEquals(new Volume("/a", "/b", true), Volume.parse("/a:/b:z,ro"));
    assertEquals(new Volume("/a", "/b", false), Volume.parse("/a:/b:rw"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", ":/b", "/a:", "/a:b", "a:/b", "/a:/", "/a:/b:rx"})
  void whatIsNoVolumeIsAWrongCommandLine(String text) {
    assertThrows(UsageException.class, () -> Volume.parse(text));
  }
}

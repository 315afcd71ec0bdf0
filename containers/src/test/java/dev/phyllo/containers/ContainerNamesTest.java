package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerNamesTest {
  @Test
  void idsAreSixtyFourHexDigitsAndDiffer() {
    String id = ContainerNames.newId();
    assertTrue(id.matches("[0-9a-f]{64}"));
    assertNotEquals(id, ContainerNames.newId());
  }

  @Test
  void anEngineMadeNameIsAValidName() {
    String name = ContainerNames.nameOf(ContainerNames.newId());
    assertEquals(name, ContainerNames.checked(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "-a", ".a", "a/b", "a b", "../x", "ä1"})
  void whatIsNoNameIsAWrongCommandLine(String name) {
    assertThrows(UsageException.class, () -> ContainerNames.checked(name));
  }
}

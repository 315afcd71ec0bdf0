package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class EnvironmentTest {
  @Test
  void aLaterValueReplacesAnEarlierOneInItsPlace() {
    Environment env =
        new Environment()
            .put("PATH", "/bin")
            .putAll(List.of("A=1", "PATH=/opt", "B=2", "A=3"))
            .putIfAbsent("B", "x")
            .putIfAbsent("HOME", "/root");
    assertEquals(List.of("PATH=/opt", "A=3", "B=2", "HOME=/root"), env.toList());
  }

  @Test
  void aValueMayHoldNewlinesAndEqualsSigns() {
    Environment env = new Environment().putAll(List.of("A=one\ntwo=three"));
    assertEquals(List.of("A=one\ntwo=three"), env.toList());
    assertEquals("one\ntwo=three", env.get("A"));
  }
}

package dev.phyllo.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdMapTest {
  @Test
  void theMapOfTheInitialNamespaceIsTheIdentity() {
    IdMap map = IdMap.parse("         0          0 4294967295\n");
    assertTrue(map.isIdentity());
    assertTrue(map.contains(0));
    assertTrue(map.contains(1_000_000));
    assertFalse(map.isSingle());
  }

  @Test
  void aMapIsReadAsTheKernelWritesIt() {
    IdMap map = IdMap.parse("         0       1001          1\n         1     100000      65536\n");
    assertEquals(
        List.of(new IdMap.Range(0, 1001, 1), new IdMap.Range(1, 100000, 65536)), map.ranges());
    assertTrue(map.contains(0));
    assertTrue(map.contains(65536));
    assertFalse(map.contains(65537));
    assertFalse(map.isIdentity());
    assertEquals("0 1001 1\n1 100000 65536\n", map.toFile());
    assertEquals("0=1001, 1-65536=100000-165535", map.toString());
  }

  @Test
  void aMapWithoutALastLineBreakIsReadToItsEnd() {
    assertEquals(IdMap.single(7), IdMap.parse("0 7 1"));
  }

  @Test
  void aSingleIdIsSingle() {
    IdMap map = IdMap.single(1000);
    assertTrue(map.isSingle());
    assertTrue(map.contains(0));
    assertFalse(map.contains(1));
    assertFalse(map.isIdentity());
  }

  @Test
  void aMapOfRootAloneIsNotTheIdentity() {
    assertFalse(IdMap.single(0).isIdentity());
  }

  @Test
  void subordinateRangesAreFoundByNameAndByNumberAndFollowEachOther(@TempDir Path dir)
      throws IOException {
    Path file = dir.resolve("subuid");
    Files.writeString(
        file, "ann:100000:65536\nbob:165536:65536\n\n# a line\n1001:300000:10\nann:x:y\nann:1:0\n");
    assertEquals(
        List.of(new IdMap.Range(1, 100000, 65536), new IdMap.Range(65537, 300000, 10)),
        SubordinateIds.of(file, "ann", 1001));
    assertEquals(List.of(new IdMap.Range(1, 165536, 65536)), SubordinateIds.of(file, "bob", 1002));
    assertEquals(List.of(), SubordinateIds.of(file, "eve", 1003));
  }

  @Test
  void aMissingFileGivesNobodyAnything(@TempDir Path dir) {
    assertEquals(List.of(), SubordinateIds.of(dir.resolve("none"), "ann", 1));
  }
}

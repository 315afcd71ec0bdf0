package dev.phyllo.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserRangesTest {
  @TempDir Path dir;

  private static IdMap.Range ids(long first, long count) {
    return new IdMap.Range(0, first, count);
  }

  private static long first(List<IdMap.Range> given, List<IdMap.Range> used, long size) {
    IdMap map = UserRanges.pick(given, used, size, "/etc/subuid");
    assertEquals(1, map.ranges().size());
    assertEquals(0, map.ranges().getFirst().inside());
    assertEquals(size, map.ranges().getFirst().count());
    return map.ranges().getFirst().outside();
  }

  @Test
  void theFirstIdsThatNobodyHasArePicked() {
    List<IdMap.Range> given = List.of(ids(1000, 100));
    assertEquals(1000, first(given, List.of(), 10));
    assertEquals(1010, first(given, List.of(ids(1000, 10)), 10));
    assertEquals(1000, first(given, List.of(ids(1010, 10)), 10));
    // A gap that is too small is passed over, in whatever order the others are known.
    assertEquals(1025, first(given, List.of(ids(1015, 10), ids(1000, 10)), 10));
    assertEquals(1030, first(given, List.of(ids(990, 15), ids(1010, 20)), 10));
  }

  @Test
  void theNextRangeIsTakenWhenOneIsFull() {
    List<IdMap.Range> given = List.of(ids(1000, 10), ids(5000, 10));
    assertEquals(5000, first(given, List.of(ids(1003, 1)), 10));
    ConflictException none =
        assertThrows(
            ConflictException.class, () -> first(given, List.of(ids(1003, 1), ids(5009, 100)), 10));
    assertTrue(none.getMessage().contains("/etc/subuid"), none.getMessage());
  }

  @Test
  void aContainerKeepsItsIdsAndNoOtherOfAnyNamespaceGetsThem() throws Exception {
    Path one = Files.createDirectories(dir.resolve("ns/default/containers/" + "a".repeat(64)));
    Path two = Files.createDirectories(dir.resolve("ns/other/containers/" + "b".repeat(64)));
    IdMaps first = UserRanges.acquire(UserSpec.auto(), one, false);
    IdMaps second = UserRanges.acquire(UserSpec.auto(), two, false);
    assertEquals(first, UserRanges.acquire(UserSpec.auto(), one, false));
    assertEquals(first, UserRanges.read(one).orElseThrow());
    assertEquals(first.uids().outside(0) + UserSpec.USUAL, second.uids().outside(0));
    // Who is removed gives them back.
    Files.delete(one.resolve("users.json"));
    Path three = Files.createDirectories(dir.resolve("ns/other/containers/" + "c".repeat(64)));
    assertEquals(first, UserRanges.acquire(UserSpec.auto(), three, false));
  }

  @Test
  void whatIsAskedForIsReadAndWrittenBack() {
    UserSpec spec = UserSpec.ofMaps(List.of("0:100000:1000", "1000:0:1"), List.of());
    assertEquals(100999, spec.uids().outside(999));
    assertEquals(0, spec.gids().outside(1000));
    assertEquals(999, spec.uids().inside(100999));
    assertEquals(-1, spec.uids().inside(101000));
    assertEquals(
        spec, UserSpec.fromJson(JsonCodec.parseObject(JsonCodec.toBytes(spec.toJson()), "json")));
    assertEquals(4096, UserSpec.parse("auto:size=4096").size());
    for (String bad : List.of("auto:size=0", "auto:size=x", "auto:", "keep-id", "")) {
      assertThrows(UsageException.class, () -> UserSpec.parse(bad), bad);
    }
    for (String bad :
        List.of(
            "0:1", "0:1:0", "-1:1:1", "0:4294967295:1", "1:1:1", "0:1:1:1", "0:99999999999999:1")) {
      assertThrows(UsageException.class, () -> UserSpec.ofMaps(List.of(bad), List.of()), bad);
    }
  }
}

package dev.phyllo.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordsTest {
  @TempDir Path root;
  private Records records;

  @BeforeEach
  void open() {
    records = new Records(root.resolve("records"));
  }

  @Test
  void aRecordIsReadAsItWasWritten() {
    assertEquals(Optional.empty(), records.read("a"));
    assertEquals(List.of(), records.keys());
    records.write("a", json(1), true);
    records.write("a", json(2), false);
    assertEquals(json(2), records.read("a").orElseThrow().value());
    assertTrue(records.delete("a"));
    assertFalse(records.delete("a"));
    assertEquals(Optional.empty(), records.read("a"));
  }

  @Test
  void anyTextIsAKeyAndNoKeyLeavesTheDirectory() throws Exception {
    List<String> keys =
        List.of(
            "sha256:abc",
            "default/12/extract 1",
            "..",
            ".",
            ".hidden",
            "../../etc/passwd",
            "a%2Fb",
            "a/b",
            "ünïcode ☃",
            "UPPER",
            "\0\n",
            "x.json");
    for (int i = 0; i < keys.size(); i++) {
      records.write(keys.get(i), json(i), false);
    }
    for (int i = 0; i < keys.size(); i++) {
      assertEquals(json(i), records.read(keys.get(i)).orElseThrow().value(), keys.get(i));
      assertEquals(records.directory(), records.file(keys.get(i)).normalize().getParent());
    }
    assertEquals(keys.stream().sorted().toList(), records.keys());
    assertEquals(List.of("records"), TestStore.filesIn(root));
  }

  @Test
  void filesThatAreNoRecordsAreNotKeys() throws Exception {
    records.write("a", json(1), false);
    for (String name :
        List.of(".tmp-1", "b", ".json", "%2.json", "%41.json", "%2f.json", "%FF.json", ".c.json")) {
      Files.writeString(records.directory().resolve(name), "{}");
    }
    assertEquals(List.of("a"), records.keys());
    assertEquals(1, records.removeTemporaries());
    assertFalse(Files.exists(records.directory().resolve(".tmp-1")));
  }

  @Test
  void aKeyThatIsEmptyOrTooLongIsRefused() {
    assertThrows(InvalidException.class, () -> records.read(""));
    assertEquals(Optional.empty(), records.read("a".repeat(250)));
    assertThrows(InvalidException.class, () -> records.read("a".repeat(251)));
    assertThrows(InvalidException.class, () -> records.read("/".repeat(100)));
  }

  @Test
  void renamingMovesTheRecord() {
    records.write("active", json(1), true);
    records.write("committed", json(2), true);
    records.rename("active", "committed", true);
    assertEquals(List.of("committed"), records.keys());
    assertEquals(json(1), records.read("committed").orElseThrow().value());
    assertThrows(NotFoundException.class, () -> records.rename("active", "x", false));
  }

  @Test
  void aDamagedRecordIsAnErrorThatNamesItsFile() throws Exception {
    records.write("a", json(1), false);
    for (String damage : List.of("", "{", "[]")) {
      Files.writeString(records.file("a"), damage);
      CorruptException e = assertThrows(CorruptException.class, () -> records.read("a"));
      assertEquals(records.file("a").toString(), e.thing());
    }
  }

  @Test
  void whatIsUnpackedIsKnownUntilItIsForgotten() throws Exception {
    NamespaceDirs dirs = NamespaceDirs.open(root, "default");
    UnpackedRecords unpacked = new UnpackedRecords(dirs);
    Unpacked record =
        new Unpacked(
            TestStore.digest("manifest"),
            TestStore.digest("config"),
            List.of(TestStore.digest("c1"), TestStore.digest("c2")));
    assertEquals(Optional.empty(), unpacked.find("overlayfs", record.manifest()));
    assertEquals(List.of(), unpacked.list("overlayfs"));
    assertFalse(unpacked.remove("overlayfs", record.manifest()));
    unpacked.put("overlayfs", record);
    assertEquals(Optional.of(record), unpacked.find("overlayfs", record.manifest()));
    assertEquals(Optional.empty(), unpacked.find("erofs", record.manifest()));
    assertEquals(List.of(record), unpacked.list("overlayfs"));

    Path file = dirs.unpacked("overlayfs").resolve("sha256-" + record.manifest().hex() + ".json");
    for (String damage : List.of("", "{}", "{\"manifest\":\"sha256:..\"}")) {
      Files.writeString(file, damage);
      assertEquals(Optional.empty(), unpacked.find("overlayfs", record.manifest()));
    }
    // A record in another's place does not speak for it.
    unpacked.put("overlayfs", record);
    Path other = file.resolveSibling("sha256-" + TestStore.digest("x").hex() + ".json");
    Files.copy(file, other);
    assertEquals(Optional.empty(), unpacked.find("overlayfs", TestStore.digest("x")));
    assertTrue(unpacked.remove("overlayfs", record.manifest()));
    assertEquals(List.of(), unpacked.list("overlayfs"));
  }

  private static Json.Obj json(int n) {
    return new JsonBuilder().put("n", n).build();
  }
}

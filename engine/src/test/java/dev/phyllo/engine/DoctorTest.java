package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.engine.Finding.State;
import dev.phyllo.oci.Digest;
import dev.phyllo.snapshots.SnapshotInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of damage is found, named, and repaired as far as that is possible. */
class DoctorTest {
  @TempDir Path dir;
  private Phyllo engine;
  private Path layout;
  private Map<String, String> whole;

  @BeforeEach
  void load() throws IOException {
    TestImages.assumeRoot();
    engine = Phyllo.open(EngineOptions.at(dir.resolve("root")));
    layout =
        TestImages.layout(
            dir.resolve("layout"),
            "one",
            TestImages.layer("base", 3, 1000),
            TestImages.layer("top", 2, 500));
    engine.load(LoadRequest.of(layout));
    whole = tree();
    assertEquals(List.of(), broken(false), "a fresh store is whole");
  }

  private Map<String, String> tree() throws IOException {
    return TestImages.tree(dir.resolve("root"));
  }

  private List<Finding> broken(boolean repair) {
    List<Finding> broken = new ArrayList<>();
    for (Finding f : engine.doctor(repair, false)) {
      if (f.isBroken()) {
        broken.add(f);
      }
    }
    return broken;
  }

  private Finding only(List<Finding> findings) {
    assertEquals(1, findings.size(), findings.toString());
    return findings.getFirst();
  }

  private static void assertSays(String part, Finding finding) {
    assertTrue(finding.toString().contains(part), finding.toString());
  }

  private Path blob(Digest digest) {
    return engine.content().path(digest);
  }

  private Digest layerDigest(int index) {
    return engine.image("one").manifest().layers().get(index).digest();
  }

  private SnapshotInfo snapshot(int index) {
    return engine.snapshots().find(engine.image("one").chainIds().get(index).toString());
  }

  private static void overwrite(Path file, byte[] bytes) throws IOException {
    Files.delete(file);
    Files.write(file, bytes);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
  }

  /** After the damaged blob was removed, the same archive makes everything whole. */
  private void reloadMakesItWhole() throws IOException {
    engine.load(LoadRequest.of(layout));
    assertEquals(List.of(), broken(true));
    assertTrue(engine.verify("one").stream().allMatch(Verified::isWhole));
    engine.gc();
    assertEquals(whole, tree());
  }

  @Test
  void aTruncatedLayerIsNamedWithItsImageAndWholeAfterAReload() throws IOException {
    Path blob = blob(layerDigest(0));
    byte[] bytes = Files.readAllBytes(blob);
    overwrite(blob, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    List<Finding> found = broken(false);
    assertSays("docker.io/library/one:latest", found.getFirst());
    assertSays("doctor --repair", found.getFirst());
    assertFalse(engine.verify("one").stream().allMatch(Verified::isWhole));
    assertFalse(broken(true).isEmpty(), "nobody can make up the bytes");
    reloadMakesItWhole();
  }

  @Test
  void aFlippedBitIsFoundAndWholeAfterAReload() throws IOException {
    Path blob = blob(layerDigest(1));
    byte[] bytes = Files.readAllBytes(blob);
    bytes[bytes.length / 2] ^= 0x10;
    overwrite(blob, bytes);
    assertSays("have the digest", broken(false).getFirst());
    broken(true);
    assertFalse(engine.content().has(layerDigest(1)), "or a load would take it for present");
    reloadMakesItWhole();
  }

  @Test
  void aLostManifestDropsTheNameAndAReloadBringsItBack() throws IOException {
    Files.delete(blob(engine.image("one").target().digest()));
    assertSays("image docker.io/library/one:latest", broken(false).getFirst());
    List<Finding> repaired = engine.doctor(true, false);
    assertTrue(repaired.toString().contains("was dropped"), repaired.toString());
    assertEquals(List.of(), engine.images());
    reloadMakesItWhole();
  }

  @Test
  void aMissingSnapshotDirectoryIsUnpackedAgainUnderItsChildren() throws IOException {
    SnapshotInfo base = snapshot(0);
    deleteTree(base.directory());
    assertSays("is missing", only(broken(false)));
    List<Finding> repaired = engine.doctor(true, false);
    assertEquals(State.REPAIRED, repaired.getFirst().state(), repaired.toString());
    assertEquals(base.directory(), snapshot(0).directory());
    assertEquals(List.of(), broken(false));
    assertEquals(whole, tree());
  }

  @Test
  void aZeroLengthFileInASnapshotIsFoundAndFilledAgain() throws IOException {
    Path file = snapshot(1).directory().resolve("fs/top/file0");
    byte[] content = Files.readAllBytes(file);
    Files.write(file, new byte[0]);
    assertSays("top/file0: 0 bytes, the layer says 500", only(broken(false)));
    assertEquals(List.of(), broken(true));
    assertEquals(content.length, Files.size(file));
    assertEquals(whole, tree());
  }

  @Test
  void changedModesTypesLinksAndStrangersInASnapshotAreFound() throws IOException {
    Path fs = snapshot(0).directory().resolve("fs/base");
    Files.setPosixFilePermissions(
        fs.resolve("file1"), PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.delete(fs.resolve("empty"));
    Files.createDirectory(fs.resolve("empty"));
    Files.delete(fs.resolve("link"));
    Files.createSymbolicLink(fs.resolve("link"), Path.of("/etc/passwd"));
    Files.writeString(fs.resolve("stranger"), "x");
    Files.delete(fs.resolve("file2"));
    assertSays("4 more differences", only(broken(false)));
    assertEquals(List.of(), broken(true));
    assertEquals(whole, tree());
  }

  @Test
  void onlyADeepLookFindsOtherBytesOfTheSameLength() throws IOException {
    Path file = snapshot(0).directory().resolve("fs/base/file1");
    byte[] bytes = Files.readAllBytes(file);
    bytes[3]++;
    Files.write(file, bytes);
    assertEquals(List.of(), broken(false));
    assertSays("other bytes", engine.doctor(false, true).getFirst());
    engine.doctor(true, true);
    assertEquals(List.of(), engine.doctor(false, true).stream().filter(Finding::isBroken).toList());
  }

  @Test
  void anOrphanDirectoryAndAHalfWrittenBlobAreRemoved() throws IOException {
    Path orphan = snapshot(0).directory().resolveSibling("99");
    Files.createDirectories(orphan.resolve("fs"));
    Path ingest = dir.resolve("root/ns/default/content/ingest/sha256-" + "a".repeat(64));
    Files.createDirectories(ingest.getParent());
    Files.writeString(ingest, "half");
    assertEquals(2, broken(false).size(), broken(false).toString());
    assertEquals(List.of(), broken(true));
    assertFalse(Files.exists(orphan));
    assertFalse(Files.exists(ingest));
    assertEquals(List.of(), broken(false));
  }

  @Test
  void aStoreWhoseFirstLoadWasInterruptedHasLostNothing() throws IOException {
    Path fresh = dir.resolve("fresh");
    Files.createDirectories(fresh.resolve("ns/default/content/ingest"));
    assertEquals(List.of(), Phyllo.open(EngineOptions.at(fresh)).doctor(false, false));
  }

  @Test
  void aStaleLockFileIsHarmlessAndSaidToBe() throws IOException {
    Path lock = dir.resolve("root/ns/default/locks/container-" + "b".repeat(64));
    Files.createFile(lock);
    List<Finding> found = engine.doctor(false, false);
    assertTrue(found.stream().anyMatch(f -> f.state() == State.HARMLESS), found.toString());
    assertEquals(List.of(), broken(false));
  }

  @Test
  void aLeaseOfADeadProcessIsRemoved() throws IOException {
    Path lease = dir.resolve("root/ns/default/leases/1-2-3");
    Files.createDirectories(lease.getParent());
    Files.writeString(lease, "snapshot sha256:1\n");
    assertSays("dead processes", only(broken(false)));
    assertEquals(List.of(), broken(true));
    assertFalse(Files.exists(lease));
  }

  @Test
  void aMountLeftBehindIsUnmounted() throws Exception {
    String base = snapshot(0).directory().resolve("fs").toString();
    Path target = Files.createDirectories(dir.resolve("root/ns/default/containers/c/rootfs"));
    Process mount =
        new ProcessBuilder("mount", "--bind", base, target.toString()).inheritIO().start();
    assumeTrue(mount.waitFor() == 0, "mounting is not permitted here");
    try {
      assertTrue(broken(false).toString().contains("a mount left behind"));
      List<Finding> repaired = engine.doctor(true, false);
      assertTrue(repaired.toString().contains("unmounted"), repaired.toString());
      assertEquals(List.of(), broken(false));
      assertTrue(Files.exists(snapshot(0).directory().resolve("fs/base/file0")));
    } finally {
      new ProcessBuilder("umount", "-l", target.toString())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    }
  }

  @Test
  void aLostIndexIsRebuiltWithoutNames() throws IOException {
    Files.writeString(dir.resolve("root/ns/default/content/index.json"), "{\"schemaVersion\":2,");
    Files.delete(dir.resolve("root/ns/default/content/oci-layout"));
    assertEquals(2, broken(false).size(), broken(false).toString());
    engine.doctor(true, false);
    assertEquals(1, engine.images().size());
    assertEquals(List.of(), broken(false));
    engine.load(LoadRequest.of(layout));
    assertEquals("docker.io/library/one:latest", engine.images().getFirst().name());
  }

  @Test
  void aRecordOfUnpackingWithoutItsSnapshotIsMadeTrueAgain() throws IOException {
    String top = snapshot(1).key();
    engine.snapshotter().remove(top);
    assertSays("recorded as unpacked", only(broken(false)));
    assertEquals(List.of(), broken(true));
    assertEquals(Optional.of(snapshot(0).key()), engine.snapshots().find(top).parent());
    Path record;
    try (Stream<Path> files = Files.list(dir.resolve("root/ns/default/unpacked/overlayfs"))) {
      record = files.findFirst().orElseThrow();
    }
    Files.writeString(record, "");
    assertSays("cannot be read", only(broken(false)));
    assertEquals(List.of(), broken(true));
    assertEquals(List.of(), broken(false));
  }

  private static void deleteTree(Path tree) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(tree)) {
      all = files.sorted(java.util.Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}

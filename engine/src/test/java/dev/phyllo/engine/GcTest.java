package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.json.Json;
import dev.phyllo.store.Lease;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GcTest {
  @TempDir Path dir;
  private Phyllo engine;

  @BeforeEach
  void open() throws IOException {
    TestImages.assumeRoot();
    engine = Phyllo.open(EngineOptions.at(dir.resolve("root")));
  }

  private void load(String name, byte[]... layers) throws IOException {
    engine.load(LoadRequest.of(TestImages.layout(dir.resolve("layout-" + name), name, layers)));
  }

  private static byte[] layer(String name) {
    return TestImages.layer(name, 3, 100);
  }

  private Map<String, String> tree() throws IOException {
    return TestImages.tree(dir.resolve("root"));
  }

  @Test
  void aStoreInWhichEverythingIsNamedKeepsEverything() throws IOException {
    load("one", layer("base"), layer("a"));
    Map<String, String> before = tree();
    Collected collected = engine.gc();
    assertTrue(collected.isEmpty(), collected.toString());
    assertEquals(before, tree());
  }

  @Test
  void whatAnotherSnapshotterUnpackedGoesWithItsImage() throws IOException {
    EngineOptions options = EngineOptions.at(dir.resolve("root"));
    Phyllo copies = Phyllo.open(options.withSnapshotter("native"));
    copies.load(LoadRequest.of(TestImages.layout(dir.resolve("layout"), "one", layer("base"))));
    load("two", layer("other"));
    assertEquals(1, copies.snapshotter().list().size());
    engine.remove("one", false);
    assertEquals(0, copies.snapshotter().list().size());
    copies.load(LoadRequest.of(TestImages.layout(dir.resolve("again"), "one", layer("base"))));
    copies.names().remove("docker.io/library/one:latest");
    engine.gc();
    assertEquals(0, copies.snapshotter().list().size());
    assertEquals(1, engine.snapshotter().list().size());
  }

  @Test
  void whatLostItsNameGoesAndWhatIsSharedStays() throws IOException {
    load("one", layer("base"), layer("a"));
    Map<String, String> before = tree();
    load("two", layer("base"), layer("b"));
    engine.names().remove("two");
    Collected collected = engine.gc();
    assertEquals(1, collected.snapshots().size());
    assertEquals(3, collected.blobs().size(), "manifest, config and layer");
    assertTrue(collected.bytes() > 0);
    assertEquals(before, tree());
  }

  @Test
  void removingAnImageLeavesWhatAStoreWithoutItHas() throws IOException {
    load("one", layer("base"), layer("a"));
    Map<String, String> before = tree();
    load("two", layer("base"), layer("b"));
    Removal removal = engine.remove("two", false);
    assertEquals(1, removal.deletedSnapshots().size());
    assertEquals(before, tree());
  }

  @Test
  void descriptorsOfOtherToolsAndReferrersAreKept() throws IOException {
    load("one", layer("base"));
    Descriptor image = engine.names().list().getFirst().target();
    Descriptor foreign = put("application/x-something", "foreign");
    Path index = dir.resolve("root/ns/default/content/index.json");
    Index old = Index.parse(Files.readAllBytes(index), "index");
    List<Descriptor> all = new ArrayList<>(old.manifests());
    all.add(foreign);
    Files.write(index, old.withManifests(all).toBytes());
    // A signature, and a signature of the signature: neither has a name.
    Descriptor first = referrer(image, "signature");
    Descriptor second = referrer(first, "countersignature");
    Descriptor nobody = referrer(put("application/x-gone", "gone"), "of nothing");
    engine.gc();
    assertTrue(engine.content().has(foreign.digest()));
    assertTrue(engine.content().has(first.digest()));
    assertTrue(engine.content().has(second.digest()));
    assertFalse(engine.content().has(nobody.digest()));
    engine.remove("one", false);
    engine.gc();
    assertTrue(engine.content().has(foreign.digest()));
    assertFalse(engine.content().has(second.digest()));
  }

  private Descriptor put(String type, String text) {
    return put(type, TestImages.bytes(text));
  }

  private Descriptor put(String type, byte[] bytes) {
    Descriptor d = Descriptor.of(type, bytes);
    engine.content().ingest(d, new ByteArrayInputStream(bytes));
    return d;
  }

  private Descriptor referrer(Descriptor subject, String text) {
    Descriptor payload = put("application/x-payload", text);
    Descriptor empty = put(MediaTypes.OCI_EMPTY, "{}");
    Manifest manifest =
        new Manifest(
            MediaTypes.OCI_MANIFEST,
            empty,
            List.of(payload),
            Map.of(),
            Optional.of(subject),
            Optional.of("application/x-signature"),
            Json.Obj.EMPTY);
    return put(MediaTypes.OCI_MANIFEST, manifest.toBytes());
  }

  @Test
  void aLeaseKeepsBlobsAndSnapshotsUntilItEnds() throws IOException {
    load("one", layer("base"));
    String chainId = engine.image("one").chainIds().getFirst().toString();
    Digest manifest = engine.image("one").target().digest();
    try (Lease lease = engine.leases().begin()) {
      lease.protect(manifest);
      lease.protectSnapshot(chainId);
      engine.names().remove("one");
      Collected collected = engine.gc();
      assertEquals(List.of(), collected.snapshots());
      assertTrue(engine.content().has(manifest));
    }
    assertEquals(List.of(chainId), engine.gc().snapshots());
    assertEquals(List.of(), engine.content().list());
  }

  @Test
  void snapshotsMadeByHandAndWhatTheyStandOnStay() throws IOException {
    load("one", layer("base"), layer("a"));
    String top = engine.image("one").chainIds().getLast().toString();
    engine.snapshotter().prepare("by-hand", Optional.of(top), Map.of(), true);
    engine.remove("one", true);
    engine.gc();
    assertEquals(3, engine.snapshotter().list().size());
    engine.snapshotter().remove("by-hand");
    engine.gc();
    assertEquals(0, engine.snapshotter().list().size());
  }

  @Test
  void aDamagedManifestStopsTheCollectionBeforeAnythingGoes() throws IOException {
    load("one", layer("base"));
    load("two", layer("b"));
    engine.names().remove("two");
    Path manifest = engine.content().path(engine.names().list().getFirst().target().digest());
    Files.delete(manifest);
    Files.writeString(manifest, "{ cut short");
    Map<String, String> before = tree();
    assertThrows(CorruptException.class, () -> engine.gc());
    assertEquals(before, tree());
    engine.remove("one", true); // but it can be removed
    engine.gc();
    assertEquals(List.of(), engine.content().list());
  }

  @Test
  void pruneTakesImagesThatNoContainerUsesOnlyWithAll() throws IOException {
    load("one", layer("base"));
    assertEquals(List.of(), engine.pruneImages(false).untagged());
    assertEquals(1, engine.images().size());
    assertEquals(List.of("docker.io/library/one:latest"), engine.pruneImages(true).untagged());
    assertEquals(List.of(), engine.content().list());
    assertEquals(List.of(), engine.snapshotter().list());
  }

  @Test
  void dfCountsImagesSnapshotsAndBlobsNobodyNeeds() throws IOException {
    load("one", layer("base"));
    put("application/x-stray", "stray");
    DiskUsage blobs = engine.diskUsage().getLast();
    assertEquals("Blobs", blobs.type());
    assertEquals(4, blobs.total());
    assertEquals(3, blobs.active());
    assertEquals(5, blobs.reclaimable());
    DiskUsage images = engine.diskUsage().getFirst();
    assertEquals(1, images.total());
    assertEquals(0, images.active());
    assertEquals(images.size(), images.reclaimable());
  }
}

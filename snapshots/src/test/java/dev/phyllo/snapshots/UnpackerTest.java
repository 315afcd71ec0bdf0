package dev.phyllo.snapshots;

import static dev.phyllo.snapshots.MountedTree.children;
import static dev.phyllo.snapshots.Needs.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.TestSpace.TestImage;
import dev.phyllo.store.Unpacked;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From blobs to a chain of snapshots. */
@Timeout(120)
class UnpackerTest {
  @TempDir Path temp;
  private TestSpace space;

  @BeforeEach
  void open() {
    Needs.overlay(temp);
    space = new TestSpace(temp.resolve("root"));
  }

  private static byte[] base() {
    return new Archive()
        .dir("bin", 0711)
        .file("bin/tool", "tool", 0755)
        .dir("etc")
        .file("etc/conf", "base")
        .bytes();
  }

  private static byte[] change(String text) {
    return new Archive().file("etc/conf", text).empty("bin/.wh.tool").bytes();
  }

  /** A layer that is a while in the making. */
  private static byte[] many(String prefix, int files) {
    Archive archive = new Archive();
    for (int i = 0; i < files; i++) {
      archive.file(prefix + "/" + i % 50 + "/" + i, "content of " + i);
    }
    return archive.bytes();
  }

  private void look(Digest chainId, SnapshotterContract.Change change) throws IOException {
    List<Mount> mounts =
        space.snapshots.view("look", Optional.of(chainId.toString()), Map.of(), false);
    try (MountedTree tree = MountedTree.of(mounts)) {
      change.in(tree);
    } finally {
      space.snapshots.remove("look");
    }
  }

  private List<String> verbs() {
    return space.steps.stream().map(Step::verb).toList();
  }

  @Test
  void anImageBecomesAChainNamedByItsChainIds() throws IOException {
    TestImage image = space.image(base(), change("upper"));
    Unpacked unpacked = space.unpack(image);
    List<Digest> chain = ChainId.of(image.config().diffIds());
    assertEquals(new Unpacked(image.digest(), image.manifest().config().digest(), chain), unpacked);
    assertEquals(Optional.of(unpacked), space.records.find("overlayfs", image.digest()));
    assertEquals(
        Optional.of(chain.get(0).toString()),
        space.snapshots.stat(chain.get(1).toString()).parent());
    assertEquals(2, space.keys().size());
    look(
        chain.get(1),
        tree -> {
          assertEquals("upper", Files.readString(tree.path("etc/conf")));
          assertFalse(Files.exists(tree.path("bin/tool")));
          assertTrue(TreeText.textOf(tree.root()).contains("/bin dir 711 0:0"));
        });
    look(chain.get(0), tree -> assertEquals("base", Files.readString(tree.path("etc/conf"))));
  }

  @Test
  void theStepsAreToldInOrder() {
    TestImage image = space.image(base(), change("x"));
    space.unpack(image);
    List<String> verbs = new ArrayList<>(verbs());
    assertEquals(
        List.of("prepare", "prepare", "apply", "apply", "sync", "commit", "commit"), verbs);
    LayerApplied applied = (LayerApplied) space.steps.get(2);
    assertTrue(List.of("4", "2").contains(applied.details().get("entries")));
    assertTrue(image.config().diffIds().contains(applied.diffId()));
  }

  @Test
  void imagesShareTheLayersTheyBeginWith() {
    TestImage a = space.image(base(), change("a"), change("a2"));
    TestImage b = space.image(base(), change("b"));
    space.unpack(a);
    assertEquals(3, space.keys().size());
    space.steps.clear();
    space.unpack(b);
    assertEquals(4, space.keys().size());
    assertEquals(List.of("prepare", "apply", "sync", "commit"), verbs());
  }

  @Test
  void whatIsUnpackedIsNotReadAgain() throws IOException {
    TestImage image = space.image(base(), change("x"));
    Unpacked first = space.unpack(image);
    space.steps.clear();
    for (Descriptor layer : image.manifest().layers()) {
      Files.delete(space.content.path(layer.digest()));
    }
    space.records.remove("overlayfs", image.digest());
    assertEquals(first, space.unpack(image));
    assertEquals(List.of(), verbs());
    assertTrue(space.records.find("overlayfs", image.digest()).isPresent());
  }

  @Test
  void anImageWithoutLayersIsUnpackedAtOnceAndRunsOnAnEmptyRoot() throws IOException {
    TestImage image = space.image();
    Unpacked unpacked = space.unpack(image);
    assertEquals(List.of(), unpacked.chainIds());
    assertEquals(Optional.of(unpacked), space.records.find("overlayfs", image.digest()));
    try (MountedTree tree =
        MountedTree.of(space.snapshots.prepare("c", Optional.empty(), Map.of(), false))) {
      assertEquals(0, children(tree).size());
    }
  }

  @Test
  void theSameLayerTwiceIsTwoSnapshots() {
    TestImage image = space.image(base(), base());
    assertEquals(2, space.unpack(image).chainIds().stream().distinct().count());
  }

  @Test
  void aLayerMayDependOnLayersUnpackedAtTheSameTime() throws IOException {
    byte[] links =
        new Archive()
            .hardlink("alias", "bin/tool")
            .file("bin/new", "x")
            .hardlink("slow-alias", "slow/9/1009")
            .bytes();
    TestImage image = space.image(base(), many("slow", 3000), links, change("top"));
    Digest top = space.unpack(image).chainIds().get(2);
    look(
        top,
        tree -> {
          assertEquals("tool", Files.readString(tree.path("alias")));
          assertEquals("content of 1009", Files.readString(tree.path("slow-alias")));
          assertTrue(TreeText.textOf(tree.root()).contains("/bin dir 711 0:0"));
        });
  }

  @Test
  void manyLayersAreUnpackedTogether() throws IOException {
    byte[][] layers = new byte[40][];
    for (int i = 0; i < layers.length; i++) {
      layers[i] =
          new Archive()
              .file("last", Integer.toString(i))
              .file("f" + i, "x")
              .empty(".wh.f" + (i - 1))
              .bytes();
    }
    Unpacked unpacked = space.unpack(space.image(layers));
    look(
        unpacked.chainIds().getLast(),
        tree -> {
          assertEquals("39", Files.readString(tree.path("last")));
          assertEquals(2, children(tree).size());
        });
  }

  // Failures.

  private PhylloException fails(TestImage image) {
    PhylloException e = assertThrows(PhylloException.class, () -> space.unpack(image));
    assertEquals(Optional.empty(), space.records.find("overlayfs", image.digest()));
    assertEquals(List.of(), space.keys());
    assertEquals(List.of(), space.snapshots.garbage());
    return e;
  }

  @Test
  void aLayerThatIsNotWhatTheConfigSaysIsRefusedAndNothingIsLeft() {
    TestImage good = space.image(base(), change("x"), many("m", 500));
    List<Digest> wrong = new ArrayList<>(good.config().diffIds());
    wrong.set(1, Digest.sha256(new byte[0]));
    TestImage bad = space.image(good.manifest().layers(), wrong);
    PhylloException e = fails(bad);
    assertEquals(CorruptException.class, e.getClass());
    assertTrue(message(e).contains("layer 2 of 3"), message(e));
    assertTrue(message(e).contains(bad.digest().toString()), message(e));
    space.unpack(good);
  }

  @Test
  void aBrokenLayerIsRefusedAndNothingIsLeft() {
    byte[] archive = base();
    byte[] cut = java.util.Arrays.copyOf(archive, 1300);
    PhylloException e = fails(space.image(many("m", 2000), cut, base()));
    assertTrue(message(e).contains("layer 2 of 3"), message(e));
    byte[] gzip = TestSpace.compress(archive, Compression.GZIP);
    byte[] flipped = gzip.clone();
    flipped[gzip.length / 2] ^= 0x55;
    Descriptor d = space.put(Descriptor.of(MediaTypes.OCI_LAYER_GZIP, flipped), flipped);
    fails(space.image(List.of(d), List.of(Digest.sha256(archive))));
  }

  @Test
  void aMissingBlobIsNamedAndNothingIsLeft() throws IOException {
    TestImage image = space.image(base(), change("x"));
    Files.delete(space.content.path(image.manifest().layers().get(1).digest()));
    PhylloException e = fails(image);
    assertEquals(NotFoundException.class, e.getClass());
    assertTrue(message(e).contains("layer 2 of 2"), message(e));
  }

  @Test
  void anEntryThatCannotBeAppliedIsNamedWithItsLayer() {
    PhylloException e =
        fails(space.image(base(), new Archive().hardlink("etc/x", "no/such").bytes()));
    assertEquals(InvalidException.class, e.getClass());
    assertTrue(message(e).contains("layer 2 of 2: etc/x: a hard link to"), message(e));
  }

  @Test
  void layersThatAreForeignOrUnknownAreRefusedWithTheReason() {
    byte[] archive = base();
    for (String type :
        List.of(
            MediaTypes.DOCKER_FOREIGN_LAYER,
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
            "text/plain",
            "")) {
      Descriptor d = space.put(Descriptor.of(type, archive), archive);
      PhylloException e = fails(space.image(List.of(d), List.of(Digest.sha256(archive))));
      assertEquals(UnsupportedException.class, e.getClass());
      assertTrue(message(e).contains(type), message(e));
    }
  }

  @Test
  void aManifestAndAConfigThatDisagreeAreRefused() {
    TestImage image = space.image(base(), change("x"));
    PhylloException e =
        fails(space.image(image.manifest().layers(), image.config().diffIds().subList(0, 1)));
    assertEquals(InvalidException.class, e.getClass());
    assertTrue(message(e).contains("2 layers, the config 1"), message(e));
  }

  @Test
  void aBombStopsAtItsLimit() {
    TarLimits limits = TarLimits.DEFAULT.withMaxTotalBytes(1 << 20);
    Unpacker careful =
        new Unpacker(
            space.content, space.snapshots, space.records, space.locks, StepListener.NONE, limits);
    byte[] zeros =
        new Archive()
            .add(Archive.entry("z", TarEntry.Type.FILE).size(64 << 20).build(), new byte[64 << 20])
            .bytes();
    TestImage image = space.image(zeros);
    assertThrows(
        InvalidException.class,
        () -> careful.unpack(image.digest(), image.manifest(), image.config()));
    assertEquals(List.of(), space.keys());
  }

  // Together.

  @Test
  void twoThreadsUnpackOneImageOnce() throws Exception {
    TestImage a = space.image(base(), many("m", 1500), change("a"));
    TestImage b = space.image(base(), many("m", 1500), change("b"));
    List<Callable<Unpacked>> work = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      TestImage image = i % 2 == 0 ? a : b;
      work.add(() -> space.unpack(image));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      for (Future<Unpacked> done : threads.invokeAll(work)) {
        assertEquals(3, done.get().chainIds().size());
      }
    }
    assertEquals(4, space.steps.stream().filter(s -> s instanceof LayerApplied).count());
    assertEquals(4, space.keys().size());
    assertEquals(List.of(), space.snapshots.garbage());
  }

  @Test
  void twoProcessesUnpackOneImageOnce() throws Exception {
    TestImage image = space.image(base(), many("m", 1500), change("a"));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(UnpackProcess.start(temp.resolve("root"), image, List.of()));
    }
    int applied = 0;
    for (Process process : processes) {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), out);
      applied += Integer.parseInt(out.trim());
    }
    assertEquals(3, applied);
    assertEquals(3, space.keys().size());
    assertEquals(List.of(), space.snapshots.garbage());
  }
}

package dev.phyllo.store;

import static dev.phyllo.store.TestStore.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
  private static final String BUSYBOX = "docker.io/library/busybox:latest";

  @TempDir Path root;
  private TestStore store;
  private ImageStore images;

  @BeforeEach
  void open() {
    store = new TestStore(root);
    images = store.images;
  }

  @Test
  void anImageThatWasNamedIsFoundUnderEverySpelling() {
    Descriptor target = store.add("busybox", "one");
    Image expected = new Image(BUSYBOX, target);
    for (String name :
        List.of("busybox", "busybox:latest", "library/busybox", "docker.io/busybox", BUSYBOX)) {
      assertEquals(Optional.of(expected), images.find(Reference.parse(name)), name);
    }
    assertEquals(List.of(expected), images.list());
    assertEquals(Optional.empty(), images.find(Reference.parse("busybox:1.36")));
    assertEquals("name", store.steps.getLast().verb());
    assertEquals(BUSYBOX, store.steps.getLast().subject());
  }

  @Test
  void aReferenceWithADigestFindsTheImageOfThatRepositoryWhateverItsTag() {
    Descriptor target = store.add("busybox:1.36", "one");
    store.add("busybox", "two");
    store.add("other/busybox", "one");
    Image found = images.find(Reference.parse("busybox@" + target.digest())).orElseThrow();
    assertEquals("docker.io/library/busybox:1.36", found.name());
    assertTrue(images.find(Reference.parse("busybox:9@" + target.digest())).isPresent());
    assertFalse(images.find(Reference.parse("busy@" + target.digest())).isPresent());
    assertFalse(images.find(Reference.parse("busybox@" + TestStore.digest("else"))).isPresent());
  }

  @Test
  void aNameMovesToItsNewTargetAndKeepsItsPlace() throws Exception {
    store.add("b", "one");
    store.add("a", "two");
    Descriptor moved = store.add("b", "three");
    assertEquals(
        List.of("docker.io/library/a:latest", "docker.io/library/b:latest"), store.names());
    assertEquals(moved, images.find(Reference.parse("b")).orElseThrow().target());
    Index index = index();
    assertEquals(2, index.manifests().size());
    assertEquals(moved.digest(), index.manifests().getFirst().digest());
  }

  @Test
  void theIndexCarriesTheNameTwice() throws Exception {
    store.add("busybox", "one");
    assertEquals(
        Map.of(Descriptor.REF_NAME, BUSYBOX, ImageStore.CONTAINERD_NAME, BUSYBOX),
        index().manifests().getFirst().annotations());
  }

  @Test
  void anImageWithoutANameIsListedLastUntilItHasOneOrIsRemoved() throws Exception {
    Descriptor named = store.add("busybox", "one");
    TestStore.Blobs bare = TestStore.image("two");
    store.ingest(bare);
    Image unnamed = Image.unnamed(bare.manifest());
    images.put(List.of(unnamed, unnamed));
    images.put(List.of(unnamed));
    assertEquals(List.of(new Image(BUSYBOX, named), unnamed), images.list());
    assertFalse(index().manifests().getLast().annotations().containsKey(Descriptor.REF_NAME));
    // It is the one without a name no longer when it has one, and not again when it comes again.
    images.put(List.of(new Image("two", bare.manifest())));
    images.put(List.of(unnamed));
    assertEquals(
        List.of(BUSYBOX, "docker.io/library/two:latest"),
        images.list().stream().map(Image::name).toList());
    assertEquals(2, index().manifests().size());
    images.remove("two");
    images.put(List.of(unnamed));
    assertTrue(images.removeUnnamed(bare.manifest().digest()));
    assertFalse(images.removeUnnamed(bare.manifest().digest()));
    assertEquals(List.of(new Image(BUSYBOX, named)), images.list());
  }

  @Test
  void severalNamesAreGivenInOneStep() throws Exception {
    TestStore.Blobs image = TestStore.image("one");
    store.ingest(image);
    List<Image> put = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      put.add(new Image("app:" + i, image.manifest()));
    }
    images.put(put);
    images.put(List.of());
    assertEquals(50, images.list().size());
    assertEquals(
        List.of("blobs", "index.json", "ingest", "oci-layout"),
        TestStore.filesIn(store.dirs.content()));
  }

  @Test
  void sayingWhatIsSaidAlreadyDoesNotTouchTheDisk() throws Exception {
    store.add("busybox", "one");
    Object before = Files.readAttributes(store.dirs.index(), "unix:ino").get("ino");
    store.add("busybox", "one");
    assertEquals(before, Files.readAttributes(store.dirs.index(), "unix:ino").get("ino"));
  }

  @Test
  void aTargetThatIsNotInTheStoreIsNotNamedNorIsAnythingNextToIt() {
    TestStore.Blobs here = TestStore.image("here");
    store.ingest(here);
    Descriptor missing = TestStore.image("missing").manifest();
    NotFoundException e =
        assertThrows(
            NotFoundException.class,
            () ->
                images.put(
                    List.of(new Image("here", here.manifest()), new Image("missing", missing))));
    assertTrue(e.why().contains(missing.digest().toString()));
    Descriptor wrongSize = Descriptor.of("x", here.manifest().digest(), here.manifest().size() + 1);
    assertThrows(NotFoundException.class, () -> images.put(List.of(new Image("here", wrongSize))));
    assertEquals(List.of(), images.list());
  }

  @Test
  void aNameThatIsNoReferenceIsRefused() {
    TestStore.Blobs image = TestStore.image("one");
    store.ingest(image);
    assertThrows(
        InvalidException.class, () -> images.put(List.of(new Image("A B", image.manifest()))));
    assertThrows(InvalidException.class, () -> images.remove("A B"));
    assertEquals(List.of(), images.list());
  }

  @Test
  void removingANameKeepsOthersAndTheContent() {
    Descriptor target = store.add("a", "one");
    images.put(List.of(new Image("b", target)));
    assertTrue(images.remove("docker.io/library/a"));
    assertFalse(images.remove("a"));
    assertEquals(List.of("docker.io/library/b:latest"), store.names());
    assertTrue(images.remove("b"));
    assertEquals(List.of(), images.list());
    assertTrue(store.content.has(target.digest()));
    assertFalse(new TestStore(root.resolve("empty")).images.remove("a"));
  }

  @Test
  void whatOtherToolsPutIntoTheIndexSurvives() throws Exception {
    Descriptor ours = store.add("busybox", "one");
    String foreign =
        """
        {"schemaVersion":2,"x-tool":{"a":[1,2.50]},"manifests":[
          {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%1$s","size":%2$d,
           "x-own":true},
          {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%1$s","size":%2$d,
           "annotations":{"org.opencontainers.image.ref.name":"alpine:3","k":"v"}},
          {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%1$s","size":%2$d,
           "annotations":{"org.opencontainers.image.ref.name":"Not A Name"}}],
         "annotations":{"who":"them"}}\
        """
            .formatted(ours.digest(), ours.size());
    Files.writeString(store.dirs.index(), foreign);
    assertEquals(List.of("docker.io/library/alpine:3"), store.names());
    assertTrue(images.find(Reference.parse("alpine:3")).isPresent());
    assertEquals(
        Map.of("k", "v"),
        images.find(Reference.parse("alpine:3")).orElseThrow().target().annotations());
    images.put(List.of(new Image("busybox", ours)));
    Index index = index();
    assertEquals(4, index.manifests().size());
    assertEquals(Set.of("x-own"), index.manifests().get(0).extra().members().keySet());
    assertEquals("alpine:3", index.manifests().get(1).refName().orElseThrow());
    assertEquals("Not A Name", index.manifests().get(2).refName().orElseThrow());
    assertEquals(Map.of("who", "them"), index.annotations());
    assertTrue(Files.readString(store.dirs.index()).contains("2.50"));
    assertTrue(images.remove("alpine:3"));
    assertEquals(3, index().manifests().size());
  }

  @Test
  void aFullNameGoesBeforeAShortOneOfTheSameImage() throws Exception {
    Descriptor one = TestStore.image("one").manifest();
    Descriptor two = store.add("busybox", "two");
    Index index = index();
    List<Descriptor> manifests = new ArrayList<>(index.manifests());
    manifests.addFirst(one.withAnnotations(Map.of(Descriptor.REF_NAME, "busybox")));
    manifests.add(one.withAnnotations(Map.of(Descriptor.REF_NAME, BUSYBOX)));
    Files.write(store.dirs.index(), index.withManifests(manifests).toBytes());
    assertEquals(List.of(new Image(BUSYBOX, two)), images.list());
    assertEquals(two, images.find(Reference.parse("busybox")).orElseThrow().target());
    // Naming it again leaves one.
    images.put(List.of(new Image("busybox", two)));
    assertEquals(1, index().manifests().size());
  }

  @Test
  void aDamagedIndexIsAnErrorThatNamesTheFileAndIsNotOverwritten() throws Exception {
    Descriptor target = store.add("busybox", "one");
    for (String damage : List.of("", "{", "[]", "{\"schemaVersion\":2,\"manifests\":[{}]}")) {
      Files.writeString(store.dirs.index(), damage);
      InvalidException e = assertThrows(InvalidException.class, images::list);
      assertTrue(e.thing().startsWith(store.dirs.index().toString()), e.thing());
      assertFalse(e.remedy().isEmpty());
      assertThrows(InvalidException.class, () -> images.put(List.of(new Image("b", target))));
      assertEquals(damage, Files.readString(store.dirs.index()));
    }
  }

  @Test
  void writersInSeveralThreadsLoseNothing() throws Exception {
    TestStore.Blobs image = TestStore.image("one");
    store.ingest(image);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      String name = "app" + t;
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < 5; i++) {
                  new TestStore(root)
                      .images.put(List.of(new Image(name + ":" + i, image.manifest())));
                }
              }));
    }
    for (Thread t : threads) {
      t.join();
    }
    assertEquals(40, images.list().size());
  }

  @Test
  void tenThousandNamesAreReadAndFound() throws Exception {
    Descriptor target = store.add("busybox", "one");
    List<Descriptor> manifests = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      String name = "registry.example.com/some/group/of/applications/app" + i + ":latest";
      manifests.add(
          target.withAnnotations(
              Map.of(Descriptor.REF_NAME, name, ImageStore.CONTAINERD_NAME, name)));
    }
    Files.write(store.dirs.index(), Index.of(manifests).toBytes());
    assertEquals(20_000, images.list().size());
    images.put(List.of(new Image("busybox", target)));
    assertTrue(images.find(Reference.parse("busybox")).isPresent());
  }

  @Test
  void namespacesDoNotSeeEachOther() {
    store.add("busybox", "one");
    NamespaceDirs other = NamespaceDirs.open(root, "other");
    assertEquals(
        List.of(),
        new ImageStore(
                other,
                new Locks(other.locks(), NioFileLocker.INSTANCE),
                dev.phyllo.oci.StepListener.NONE)
            .list());
    assertEquals(List.of("default"), NamespaceDirs.list(root));
    assertEquals(List.of(), NamespaceDirs.list(root.resolve("nowhere")));
    for (String bad : List.of("", ".", "..", "a/b", "-a", "a b", "ä", "a".repeat(77))) {
      assertThrows(InvalidException.class, () -> NamespaceDirs.open(root, bad), bad);
    }
    assertEquals("k8s.io", NamespaceDirs.open(root, "k8s.io").namespace());
  }

  private Index index() throws Exception {
    return Index.parse(Files.readAllBytes(store.dirs.index()), "index.json");
  }

  @Test
  void anInterruptedWritersFilesAreCleanedUpByTheNext() throws Exception {
    store.add("busybox", "one");
    Files.write(store.dirs.content().resolve(".tmp-dead"), bytes("half"));
    store.add("busybox", "two");
    assertEquals(
        List.of("blobs", "index.json", "ingest", "oci-layout"),
        TestStore.filesIn(store.dirs.content()));
  }
}

package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.store.Image;
import dev.phyllo.transports.SaveFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the user typed reaches the archive; images without names, and for other machines. */
class SavingTest {
  private static final Platform FOREIGN =
      Platform.host().architecture().equals("s390x")
          ? Platform.of("linux", "riscv64")
          : Platform.of("linux", "s390x");

  @TempDir Path dir;
  private Phyllo engine;

  @BeforeEach
  void open() {
    engine = Phyllo.open(EngineOptions.at(dir.resolve("root")));
  }

  /** Loads an image under these names, or without one, and does not unpack it. */
  private Digest load(String content, Platform platform, String... names) throws IOException {
    return load(layout(content, platform, names), false).getFirst().target().digest();
  }

  private List<Loaded> load(Path layout, boolean unpack) {
    LoadRequest request = LoadRequest.of(layout);
    return engine.load(unpack ? request : request.withoutUnpacking());
  }

  private Path layout(String content, Platform platform, String... names) throws IOException {
    Path layout = Files.createTempDirectory(dir, "layout");
    byte[] tar = TestImages.layer(content, 1, 10);
    Descriptor layer = TestImages.blob(layout, MediaTypes.OCI_LAYER, tar);
    ImageConfig config =
        ImageConfig.of(
            platform,
            ProcessConfig.EMPTY.withCmd(List.of("/" + content + "/file0")),
            List.of(layer.digest()));
    Descriptor configBlob = TestImages.blob(layout, MediaTypes.OCI_CONFIG, config.toBytes());
    Descriptor manifest =
        TestImages.blob(
            layout, MediaTypes.OCI_MANIFEST, Manifest.of(configBlob, List.of(layer)).toBytes());
    List<Descriptor> all =
        names.length == 0
            ? List.of(manifest)
            : java.util.Arrays.stream(names)
                .map(n -> manifest.withAnnotations(Map.of(Descriptor.REF_NAME, n)))
                .toList();
    Files.write(layout.resolve("index.json"), Index.of(all).toBytes());
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return layout;
  }

  /** Saves, loads into another store and lists: name or nothing, and digest. */
  private List<Image> saved(String... images) {
    Path file = dir.resolve("saved.tar");
    engine.save(SaveRequest.to(file, List.of(images)));
    Phyllo other = Phyllo.open(EngineOptions.at(dir.resolve("other" + System.nanoTime())));
    other.load(LoadRequest.of(file).withoutUnpacking());
    return other.names().list().stream()
        .map(i -> new Image(i.name(), Descriptor.of("", i.target().digest(), 0)))
        .toList();
  }

  private static Image image(String name, Digest digest) {
    return new Image(name, Descriptor.of("", digest, 0));
  }

  @Test
  void aRepositoryStandsForAllItsTagsAndAnIdForTheImageWithoutAName() throws IOException {
    Digest one = load("one", Platform.host(), "docker.io/library/app:1");
    Digest two = load("two", Platform.host(), "docker.io/library/app:2", "example.com/app:2");
    Image app1 = image("docker.io/library/app:1", one);
    Image app2 = image("docker.io/library/app:2", two);
    assertEquals(List.of(app1, app2), saved("app"));
    assertEquals(List.of(app2), saved("app:2"));
    assertEquals(List.of(app2, image("example.com/app:2", two)), saved("app:2", "example.com/app"));
    String id = engine.image("app:1").id().toString();
    for (String text : List.of(id, id.substring(7), id.substring(7, 19), one.toString())) {
      assertEquals(List.of(image("", one)), saved(text), text);
    }
    assertEquals(List.of(app1), saved("app:1", id));
    NotFoundException e = assertThrows(NotFoundException.class, () -> saved("app:1", "app:3"));
    assertEquals("app:3", e.thing());
  }

  @Test
  void aStreamGetsTheBytesOfTheFile() throws IOException {
    load("one", Platform.host(), "docker.io/library/app:1");
    Path file = dir.resolve("app.tar");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (SaveFormat format : List.of(SaveFormat.DOCKER_ARCHIVE, SaveFormat.OCI_ARCHIVE)) {
      out.reset();
      engine.save(SaveRequest.to(file, List.of("app")).withFormat(format));
      engine.save(SaveRequest.to(out, List.of("app")).withFormat(format));
      assertArrayEquals(Files.readAllBytes(file), out.toByteArray());
    }
  }

  @Test
  void whatIsBeingSavedIsNotCollectedThoughItsNameGoes() throws IOException {
    Digest digest = load("one", Platform.host(), "docker.io/library/app:1");
    boolean[] removed = {false};
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void write(byte[] b, int off, int len) {
            if (!removed[0]) {
              removed[0] = true;
              engine.remove("app:1", false);
              engine.gc();
            }
            super.write(b, off, len);
          }
        };
    engine.save(SaveRequest.to(out, List.of("app:1")));
    assertTrue(removed[0]);
    assertTrue(engine.content().has(digest), "kept until the save was done");
    engine.gc();
    assertEquals(List.of(), engine.content().list());
    engine.load(
        LoadRequest.of(new java.io.ByteArrayInputStream(out.toByteArray())).withoutUnpacking());
    assertEquals(digest, engine.image("app:1").target().digest());
  }

  @Test
  void anImageWithoutANameIsListedSurvivesCollectionAndGoesById() throws IOException {
    Digest digest = load("bare", Platform.host());
    assertEquals(List.of(image("", digest)), saved(digest.toString()));
    engine.gc();
    ImageSummary listed = engine.images().getFirst();
    assertEquals("", listed.name());
    String id = listed.id().hex().substring(0, 12);
    assertEquals(List.of(), engine.image(id).names());
    assertEquals(digest, engine.image(id).target().digest());
    // Again, and then under a name: still one image.
    load("bare", Platform.host());
    assertEquals(1, engine.images().size());
    Removal removal = engine.remove(id, false);
    assertEquals(List.of(), removal.untagged());
    assertEquals(3, removal.deletedBlobs().size());
    assertEquals(List.of(), engine.images());
    assertEquals(List.of(), engine.content().list());
  }

  @Test
  void anImageThatGetsANameIsNoLongerWithoutOne() throws IOException {
    Digest digest = load("bare", Platform.host());
    load("bare", Platform.host(), "docker.io/library/app:1");
    assertEquals(1, engine.images().size());
    // And one that has a name stays as it is when it comes again without.
    load("bare", Platform.host());
    assertEquals(
        List.of("docker.io/library/app:1"),
        engine.images().stream().map(ImageSummary::name).toList());
    engine.remove("app:1", false);
    assertTrue(engine.content().size(digest).isEmpty());
  }

  @Test
  void anImageForAnotherMachineLoadsAndIsUnpackedAndRunSaysWhyItCannot() throws IOException {
    TestImages.assumeRoot();
    Path layout = layout("strange", FOREIGN, "docker.io/library/strange:1");
    assertTrue(load(layout, true).getFirst().unpacked());
    assertEquals(FOREIGN.toString(), engine.images().getFirst().platform().toString());
    assertTrue(engine.layers("strange:1").getFirst().directory().isPresent());
    StartException e =
        assertThrows(
            StartException.class,
            () -> engine.run(new RunRequest("strange:1", List.of()).remove(true)));
    assertTrue(e.getMessage().contains(FOREIGN.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(Platform.host().toString()), e.getMessage());
  }

  @Test
  void aPlatformThatIsAskedForIsInsistedOn() throws IOException {
    Path layout = layout("strange", FOREIGN, "docker.io/library/strange:1");
    LoadRequest request = LoadRequest.of(layout).withoutUnpacking();
    assertThrows(
        UnsupportedException.class, () -> engine.load(request.withPlatform(Platform.host())));
    assertEquals(List.of(), engine.images());
    engine.load(request.withPlatform(FOREIGN));
    assertEquals(1, engine.images().size());
  }
}

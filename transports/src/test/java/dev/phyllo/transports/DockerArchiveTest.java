package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What docker save wrote before version 25, and what other tools make of that format. */
class DockerArchiveTest extends LoadTestBase {
  private static final SourceBuilder.Layer BASE =
      SourceBuilder.layer("base", 300_000, Compression.NONE);
  private static final SourceBuilder.Layer TOP = SourceBuilder.layer("top", 100, Compression.NONE);
  private static final SourceBuilder.Layer PACKED =
      SourceBuilder.layer("packed", 300_000, Compression.GZIP);

  @ParameterizedTest
  @EnumSource(Form.class)
  void theOldFormKeepsImageIdAndLayersAsTheyAre(Form form) throws IOException {
    SourceBuilder source =
        new SourceBuilder()
            .file("abc/VERSION", "1.0")
            .file("abc/json", "{}")
            .file("repositories", "{}")
            .dockerImage(List.of("busybox:1.36", "example.org/b:2"), BASE, TOP);
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT);
    assertEquals(List.of("docker.io/library/busybox:1.36", "example.org/b:2"), names(loaded));
    Manifest manifest = manifest(loaded);
    byte[] config = SourceBuilder.config(SourceBuilder.AMD64, List.of(BASE.diffId(), TOP.diffId()));
    assertEquals(Digest.sha256(config), manifest.config().digest());
    assertEquals(
        List.of(BASE.diffId(), TOP.diffId()),
        manifest.layers().stream().map(l -> l.digest()).toList());
    assertEquals(MediaTypes.OCI_LAYER, manifest.layers().getFirst().mediaType());
    assertHoldsOnly(loaded);
  }

  @Test
  void theSameArchiveGivesTheSameManifestHoweverItComes() throws IOException {
    SourceBuilder source =
        new SourceBuilder().dockerImage(List.of("a:1"), ".tar.gz", BASE, PACKED, TOP);
    Digest digest = loadOne(source, Form.FILE, LoadOptions.DEFAULT).target().digest();
    for (Form form : Form.values()) {
      freshStore();
      LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT);
      assertEquals(digest, loaded.target().digest(), form.toString());
      assertHoldsOnly(loaded);
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void aLayerMayBeALinkToAnother(Form form) throws IOException {
    String real = BASE.diffId().hex() + ".tar";
    byte[] config =
        SourceBuilder.config(
            SourceBuilder.AMD64, List.of(BASE.diffId(), BASE.diffId(), BASE.diffId()));
    String configName = Digest.sha256(config).hex() + ".json";
    SourceBuilder source =
        new SourceBuilder()
            .file(real, BASE.blob())
            .symlink("one/layer.tar", "../" + real)
            .hardlink("two.tar", real)
            .file(configName, config)
            .dockerManifest(
                SourceBuilder.dockerItem(
                    configName, List.of("a:1"), List.of(real, "one/layer.tar", "two.tar")));
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT);
    assertEquals(3, manifest(loaded).layers().size());
    assertHoldsOnly(loaded);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void severalImagesKeepTheirNames(Form form) throws IOException {
    SourceBuilder source =
        new SourceBuilder()
            .dockerImage(List.of("one:1"), ".tar", BASE)
            .dockerImage(List.of("two:1", "two:2"), ".tar", BASE, TOP);
    List<LoadedImage> loaded = load(source, form, LoadOptions.DEFAULT);
    assertEquals(2, loaded.size());
    assertEquals(
        List.of("docker.io/library/two:1", "docker.io/library/two:2"), names(loaded.get(1)));
    assertHoldsOnly(loaded.get(0), loaded.get(1));
  }

  @Test
  void anImageWithoutTagsHasNoNameUnlessABaseNameIsGiven() throws IOException {
    SourceBuilder source = new SourceBuilder().dockerImage(List.of(), BASE);
    assertEquals(List.of(), names(loadOne(source, Form.FILE, LoadOptions.DEFAULT)));
    assertEquals(
        List.of("docker.io/library/mine:latest"),
        names(loadOne(source, Form.FILE, LoadOptions.DEFAULT.withBaseName("mine"))));
  }

  @Test
  void aConfigThatIsNotTheImageIdIsRefused() throws IOException {
    byte[] config = SourceBuilder.config(SourceBuilder.AMD64, List.of(BASE.diffId()));
    String name = Digest.sha256(new byte[1]).hex() + ".json";
    SourceBuilder source =
        new SourceBuilder()
            .file(name, config)
            .file("l.tar", BASE.blob())
            .dockerManifest(SourceBuilder.dockerItem(name, List.of("a:1"), List.of("l.tar")));
    refused(CorruptException.class, source, ARCHIVES, name, Digest.sha256(config).toString());
  }

  @Test
  void aLayerThatIsNotWhatTheConfigSaysIsRefused() throws IOException {
    SourceBuilder source = new SourceBuilder().dockerImage(List.of("a:1"), BASE, TOP);
    String name = BASE.diffId().hex() + "/layer.tar";
    byte[] flipped = BASE.blob().clone();
    flipped[flipped.length / 2] ^= 1;
    refused(
        CorruptException.class,
        source.replace(name, flipped),
        List.of(Form.values()),
        name,
        BASE.diffId().toString());
  }

  @Test
  void aCompressedLayerWithAnotherContentIsRefused() throws IOException {
    byte[] config = SourceBuilder.config(SourceBuilder.AMD64, List.of(TOP.diffId()));
    String name = Digest.sha256(config).hex() + ".json";
    SourceBuilder source =
        new SourceBuilder()
            .file(name, config)
            .file("l.tar.gz", PACKED.blob())
            .dockerManifest(SourceBuilder.dockerItem(name, List.of("a:1"), List.of("l.tar.gz")));
    refused(
        CorruptException.class,
        source,
        List.of(Form.values()),
        "l.tar.gz",
        TOP.diffId().toString(),
        PACKED.diffId().toString());
  }

  @Test
  void fewerLayersThanDiffIdsAreRefused() throws IOException {
    byte[] config = SourceBuilder.config(SourceBuilder.AMD64, List.of(BASE.diffId(), TOP.diffId()));
    String name = Digest.sha256(config).hex() + ".json";
    SourceBuilder source =
        new SourceBuilder()
            .file(name, config)
            .file("l.tar", BASE.blob())
            .dockerManifest(SourceBuilder.dockerItem(name, List.of("a:1"), List.of("l.tar")));
    refused(InvalidException.class, source, ARCHIVES, "manifest.json", "1 layers", "has 2");
  }

  @Test
  void aMissingLayerIsNamed() throws IOException {
    SourceBuilder source = new SourceBuilder().dockerImage(List.of("a:1"), BASE, TOP);
    source.remove(TOP.diffId().hex() + "/layer.tar");
    refused(NotFoundException.class, source, ARCHIVES, TOP.diffId().hex() + "/layer.tar");
  }

  @Test
  void namesThatLeaveTheArchiveAreRefused() throws IOException {
    for (String evil : List.of("../../etc/passwd", "/etc/passwd", "a/../../b", "")) {
      SourceBuilder source =
          new SourceBuilder()
              .dockerManifest(SourceBuilder.dockerItem(evil, List.of("a:1"), List.of("l.tar")));
      refused(InvalidException.class, source, List.of(Form.values()), "manifest.json", "\"" + evil);
    }
  }

  @Test
  void aLinkOutOfTheArchiveIsNotFollowed() throws IOException {
    byte[] config = SourceBuilder.config(SourceBuilder.AMD64, List.of(BASE.diffId()));
    String name = Digest.sha256(config).hex() + ".json";
    for (String evil : List.of("../../../../etc/passwd", "/etc/passwd")) {
      SourceBuilder source =
          new SourceBuilder()
              .file(name, config)
              .symlink("l.tar", evil)
              .dockerManifest(SourceBuilder.dockerItem(name, List.of("a:1"), List.of("l.tar")));
      refused(NotFoundException.class, source, ARCHIVES, "l.tar");
      refused(InvalidException.class, source, List.of(Form.DIRECTORY), "l.tar", "symbolic link");
    }
  }

  @Test
  void linksInACircleAreRefused() throws IOException {
    SourceBuilder source =
        new SourceBuilder()
            .symlink("a.json", "b.json")
            .symlink("b.json", "a.json")
            .dockerManifest(SourceBuilder.dockerItem("a.json", List.of("a:1"), List.of()));
    refused(InvalidException.class, source, List.of(Form.values()), "circle");
  }
}

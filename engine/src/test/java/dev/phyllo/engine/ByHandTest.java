package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.StackNode;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.snapshots.Change;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images made by hand and changed without being unpacked. */
class ByHandTest {
  @TempDir Path dir;
  private Phyllo engine;

  @BeforeEach
  void open() {
    assumeTrue(Linux.isSupported(), "not on Linux");
    engine = Phyllo.open(EngineOptions.at(dir.resolve("root")));
  }

  @Test
  void aLayerIsByteForByteWhatGnuTarMakesWhateverItsCompression() throws Exception {
    Path tree = Files.createDirectories(dir.resolve("tree"));
    for (String name : List.of("a/x", "a.d/y", "a-b", "a.txt", "z".repeat(120) + "/deep")) {
      Path file = tree.resolve(name);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      Files.writeString(file, "content of " + name);
    }
    Files.setPosixFilePermissions(
        tree.resolve("a-b"), PosixFilePermissions.fromString("rwxr-x---"));
    Files.createSymbolicLink(tree.resolve("link"), Path.of("a/x"));
    Files.createLink(tree.resolve("a.d/hard"), tree.resolve("a/x"));
    Path gnu = dir.resolve("gnu.tar");
    Process tar;
    try {
      tar =
          new ProcessBuilder(
                  List.of(
                      "tar",
                      "--sort=name",
                      "--owner=0",
                      "--group=0",
                      "--numeric-owner",
                      "--mtime=@0",
                      "-C",
                      tree.toString(),
                      "-cf",
                      gnu.toString(),
                      "."))
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeTrue(false, "no tar: " + e.getMessage());
      return;
    }
    assertTrue(tar.waitFor(20, TimeUnit.SECONDS));
    assumeTrue(tar.exitValue() == 0, "tar is not GNU tar");

    Path plain = dir.resolve("ours.tar");
    LayerFile made = engine.byHand().createLayer(LayerRequest.of(tree, plain));
    assertArrayEquals(Files.readAllBytes(gnu), Files.readAllBytes(plain));
    assertEquals(made.diffId(), made.blob().digest());
    for (String suffix : List.of(".tar.gz", ".tar.zst")) {
      Path packed = dir.resolve("ours" + suffix);
      LayerFile compressed = engine.byHand().createLayer(LayerRequest.of(tree, packed));
      assertEquals(made.diffId(), compressed.diffId());
      assertEquals(compressed, engine.byHand().readLayer(packed));
    }
  }

  @Test
  void aLayoutOfLayersLoadsAndItsConfigMustAgreeWithThem() throws IOException {
    Path base = layer("base", "hello.txt=base", "data/config.txt=x");
    Path delta = layer("delta", "hello.txt=delta", "data/.wh.config.txt=");
    Path layout = dir.resolve("layout");
    engine.byHand().createLayout(layout(layout, List.of(base, delta), Optional.empty()));
    Loaded loaded = engine.load(LoadRequest.of(layout).withoutUnpacking()).getFirst();
    assertEquals(List.of("docker.io/library/handroll:latest"), loaded.names());
    assertEquals(List.of("/bin/sh"), engine.image("handroll").config().process().cmd());
    assertEquals("hello.txt:1", seen("handroll"));

    byte[] wrong =
        ("{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
                + "\"diff_ids\":[\"sha256:"
                + "0".repeat(64)
                + "\"]}}")
            .getBytes(StandardCharsets.UTF_8);
    LayoutRequest request = layout(layout, List.of(base), Optional.of(wrong));
    assertThrows(InvalidException.class, () -> engine.byHand().createLayout(request));
    Path other = Files.createDirectories(dir.resolve("other"));
    Files.writeString(other.resolve("mine"), "not to be touched");
    assertThrows(
        ConflictException.class,
        () -> engine.byHand().createLayout(layout(other, List.of(base), Optional.empty())));
  }

  @Test
  void layersAreAppendedDroppedAndRebasedAndThoseThatStayKeepTheirDigests() throws IOException {
    load("base1", layer("b1", "os=1"));
    load("base2", layer("b2", "os=2"), layer("b2more", "more=2"));
    load("app", layer("b1", "os=1"), layer("app", "app=1"));
    Mutations mutations = engine.mutations();

    mutations.append("app", List.of(layer("fix", "app=2", ".wh.os=")), target("app:fixed"));
    assertEquals("app:2", seen("app:fixed"));
    mutations.drop("app:fixed", "1", target("app:dropped"));
    assertEquals("app:1", seen("app:dropped"));
    mutations.rebase("app", "base1", "base2", target("app:new"));
    assertEquals("app:2 more:1 os:0", seen("app:new"));
    assertEquals(
        engine.image("app").manifest().layers().getLast().digest(),
        engine.image("app:new").manifest().layers().getLast().digest());
    assertTrue(engine.verify("app:new").stream().allMatch(v -> v.mismatches().isEmpty()));
    assertThrows(
        InvalidException.class, () -> mutations.rebase("app", "base2", "base1", target("no")));
    assertThrows(UsageException.class, () -> mutations.drop("app", "2", target("no")));

    ConfigEdit edit =
        new ConfigEdit(
            Optional.of(ConfigEdit.words("/app 'two words'")),
            Optional.empty(),
            List.of("A=1", "A=2"),
            Map.of("l", "v"),
            Optional.of("/work"),
            Optional.of("1:1"),
            List.of("EXPOSE 80"));
    mutations.configure(
        "app", new Mutations.Target(Optional.of("app:edit"), edit, Map.of("note", "yes")));
    var process = engine.image("app:edit").config().process();
    assertEquals(List.of("/app", "two words"), process.entrypoint());
    assertEquals(List.of("A=2"), process.env());
    assertEquals(List.of("80/tcp"), process.exposedPorts());
    assertEquals("yes", engine.image("app:edit").manifest().annotations().get("note"));
    assertTrue(engine.layers("app:edit").stream().allMatch(l -> l.directory().isEmpty()));
  }

  @Test
  void aFlattenedImageShowsTheSameTreeAndCarriesNothingHidden() throws IOException {
    load(
        "app",
        layer("one", "d/hidden=secret", "d/link=>d/hidden", "d/second=>d/hidden", "gone=1", "x=1"),
        layer("two", ".wh.gone=", "d/.wh.hidden=", "x=22"),
        layer("three", "x=333", "d/third=>x"));
    engine.mutations().flatten("app", target("flat"));
    ImageView flat = engine.views().view("flat");
    assertEquals("d/link:0 d/second:0 d/third:0 x:0", seen("flat"));
    assertEquals(
        List.of(),
        engine.views().diff("app", "flat").stream()
            .filter(change -> change.kind() != Change.Kind.CHANGED)
            .toList());
    Waste waste = engine.views().waste("flat");
    assertEquals(0, waste.wasted());
    assertEquals(6 + 3, waste.total());
    StackNode link = Objects.requireNonNull(flat.stack().find(RawPath.of("d/second"))).node();
    TarEntry entry = Objects.requireNonNull(Objects.requireNonNull(link.visible()).entry());
    assertEquals(TarEntry.Type.HARDLINK, entry.type());
    assertEquals("d/link", entry.linkName().toString());
  }

  @Test
  void wasteIsWhatLaterLayersShadowOrDelete() throws IOException {
    load("app", layer("one", "a=12345", "b=123", "c=1"), layer("two", ".wh.a=", "b=12"));
    Waste waste = engine.views().waste("app");
    assertEquals(
        List.of(
            new WastedPath(RawPath.of("a"), 0, 1, true, 5),
            new WastedPath(RawPath.of("b"), 0, 1, false, 3)),
        waste.paths());
    assertEquals(8.0 / 11, 1 - waste.efficiency(), 1e-9);
  }

  @Test
  void imagesThatWereNeverUnpackedAreComparedByTheirBlobs() throws IOException {
    load("one", layer("one", "d/same=1", "d/changed=1", "gone=1"));
    load("two", layer("two", "d/same=1", "d/changed=12", "new/file=1"));
    assertEquals(
        List.of("C /d", "C /d/changed", "D /gone", "A /new", "A /new/file"),
        engine.views().diff("one", "two").stream().map(Change::toString).toList());
    assertFalse(Files.exists(dir.resolve("root/ns/default/snapshots/overlayfs/committed")));
  }

  private String seen(String image) {
    StringBuilder text = new StringBuilder();
    files(engine.views().view(image).stack().root(), text);
    return text.toString().strip();
  }

  private static void files(StackNode node, StringBuilder text) {
    for (StackNode child : node.visibleChildren()) {
      StackNode.Version seen = Objects.requireNonNull(child.visible());
      if (!seen.isDirectory()) {
        text.append(child.path()).append(':').append(seen.layer()).append(' ');
      }
      files(child, text);
    }
  }

  private static Mutations.Target target(String name) {
    return new Mutations.Target(Optional.of(name), ConfigEdit.NONE, Map.of());
  }

  private void load(String name, Path... layers) {
    Path layout = dir.resolve("layout-" + name);
    LayoutRequest request =
        new LayoutRequest(
            layout,
            List.of(layers),
            Optional.empty(),
            ConfigEdit.NONE,
            Optional.empty(),
            Map.of(),
            name + ":latest");
    engine.byHand().createLayout(request);
    engine.load(LoadRequest.of(layout).withoutUnpacking());
  }

  private static LayoutRequest layout(Path layout, List<Path> layers, Optional<byte[]> config) {
    return new LayoutRequest(
        layout,
        layers,
        config,
        ConfigEdit.running(List.of("/bin/sh")),
        Optional.empty(),
        Map.of(),
        "handroll:latest");
  }

  /** NAME=CONTENT is a file, NAME=>TARGET a hard link. */
  private Path layer(String name, String... entries) throws IOException {
    Path file = dir.resolve(name + ".tar");
    try (OutputStream out = Files.newOutputStream(file);
        TarWriter tar = new TarWriter(out)) {
      for (String text : entries) {
        int equals = text.indexOf('=');
        RawPath path = RawPath.of(text.substring(0, equals));
        String value = text.substring(equals + 1);
        if (value.startsWith(">")) {
          tar.entry(
              TarEntry.builder(path, TarEntry.Type.HARDLINK)
                  .linkName(RawPath.of(value.substring(1)))
                  .build());
        } else {
          byte[] content = value.getBytes(StandardCharsets.UTF_8);
          tar.entry(
              TarEntry.builder(path, TarEntry.Type.FILE).size(content.length).build(), content);
        }
      }
    }
    return file;
  }
}

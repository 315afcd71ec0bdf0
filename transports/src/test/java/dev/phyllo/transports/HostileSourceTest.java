package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Broken and malicious sources: refused in one line that says which and where; nothing is kept. */
@Timeout(120)
class HostileSourceTest extends LoadTestBase {
  private static final List<Form> ALL = List.of(Form.values());
  private static final SourceBuilder.Layer SMALL = SourceBuilder.layer("s", 2000, Compression.GZIP);
  private static final SourceBuilder.Layer LARGE =
      SourceBuilder.layer("l", 200_000, Compression.GZIP);

  private static SourceBuilder good() {
    SourceBuilder source = new SourceBuilder();
    return source.named(source.ociImage(SourceBuilder.AMD64, SMALL, LARGE), "a:1").layout();
  }

  private static String blob(SourceBuilder.Layer layer) {
    return ImageFiles.blobName(layer.descriptor().digest());
  }

  /** A layout whose manifest is these bytes. */
  private static SourceBuilder withManifest(String json) {
    SourceBuilder source = good();
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    SourceBuilder forged = new SourceBuilder();
    forged.blob(SMALL.blob()).blob(LARGE.blob()).blob(bytes);
    byte[] config =
        SourceBuilder.config(SourceBuilder.AMD64, List.of(SMALL.diffId(), LARGE.diffId()));
    forged.blob(source.content(ImageFiles.blobName(Digest.sha256(config))));
    return forged.named(Descriptor.of(MediaTypes.OCI_MANIFEST, bytes), "a:1").layout();
  }

  private static String goodManifest() {
    byte[] config =
        SourceBuilder.config(SourceBuilder.AMD64, List.of(SMALL.diffId(), LARGE.diffId()));
    return new String(
        Manifest.of(
                Descriptor.of(MediaTypes.OCI_CONFIG, config),
                List.of(SMALL.descriptor(), LARGE.descriptor()))
            .toBytes(),
        StandardCharsets.UTF_8);
  }

  private static SourceBuilder forged(String from, String to) {
    String manifest = goodManifest();
    assertTrue(manifest.contains(from), manifest);
    return withManifest(manifest.replace(from, to));
  }

  @Test
  void aFlippedByteInALayerIsNamedWithItsPlace() throws IOException {
    for (SourceBuilder.Layer layer : List.of(SMALL, LARGE)) {
      byte[] flipped = layer.blob().clone();
      flipped[flipped.length / 2] ^= 1;
      SourceBuilder source = good().replace(blob(layer), flipped);
      refused(CorruptException.class, source, ALL, blob(layer), "digest");
      refused(CorruptException.class, source, ARCHIVES, blob(layer) + " at byte ");
    }
  }

  @Test
  void aFlippedByteInAConfigOrManifestIsRefused() throws IOException {
    Manifest manifest = Manifest.parse(goodManifest().getBytes(StandardCharsets.UTF_8), "manifest");
    for (Digest digest :
        List.of(
            manifest.config().digest(),
            Digest.sha256(goodManifest().getBytes(StandardCharsets.UTF_8)))) {
      SourceBuilder source = good();
      byte[] flipped = source.content(ImageFiles.blobName(digest)).clone();
      flipped[20] ^= 1;
      source.replace(ImageFiles.blobName(digest), flipped);
      refused(CorruptException.class, source, ALL, digest.hex(), "digest");
    }
  }

  @Test
  void aTruncatedBlobIsRefusedAndNothingIsKept() throws IOException {
    for (SourceBuilder.Layer layer : List.of(SMALL, LARGE)) {
      SourceBuilder source =
          good().replace(blob(layer), Arrays.copyOf(layer.blob(), layer.blob().length - 100));
      refused(CorruptException.class, source, ALL, blob(layer));
      refused(
          CorruptException.class,
          source,
          List.of(Form.FILE, Form.DIRECTORY),
          blob(layer),
          Long.toString(layer.blob().length - 100),
          Long.toString(layer.blob().length));
    }
  }

  @Test
  void aBlobWithSurplusBytesIsRefused() throws IOException {
    SourceBuilder source =
        good().replace(blob(LARGE), Arrays.copyOf(LARGE.blob(), LARGE.blob().length + 1));
    refused(CorruptException.class, source, ALL, blob(LARGE));
  }

  @Test
  void aMissingBlobIsNamed() throws IOException {
    for (SourceBuilder.Layer layer : List.of(SMALL, LARGE)) {
      SourceBuilder source = good().remove(blob(layer));
      refused(NotFoundException.class, source, ALL, layer.descriptor().digest().toString());
    }
  }

  @Test
  void aDigestThatIsAPathIsRefused() throws IOException {
    String digest = SMALL.descriptor().digest().toString();
    for (String evil :
        List.of(
            "sha256:../../../../etc/passwd",
            "sha256:..",
            "../sha256:" + digest.substring(7),
            "sha256:" + digest.substring(7, 70) + "/",
            "md5:d41d8cd98f00b204e9800998ecf8427e",
            "")) {
      refused(InvalidException.class, forged(digest, evil), ALL, "layers[0]", "digest");
    }
  }

  @Test
  void aNegativeOrImpossibleSizeIsRefused() throws IOException {
    String size = "\"size\":" + SMALL.blob().length;
    refused(InvalidException.class, forged(size, "\"size\":-1"), ALL, "negative size -1");
    refused(InvalidException.class, forged(size, "\"size\":9223372036854775808"), ALL, "size");
    refused(InvalidException.class, forged(size, "\"size\":1e3"), ALL, "size");
    refused(CorruptException.class, forged(size, "\"size\":9223372036854775807"), ALL, blob(SMALL));
  }

  @Test
  void deeplyNestedJsonIsRefused() throws IOException {
    String deep = "[".repeat(100_000);
    SourceBuilder source =
        good().replace("index.json", ("{\"manifests\":" + deep).getBytes(StandardCharsets.UTF_8));
    refused(InvalidException.class, source, ALL, "index.json");
    SourceBuilder docker = new SourceBuilder().file("manifest.json", deep);
    refused(InvalidException.class, docker, ALL, "manifest.json");
  }

  @Test
  void aDocumentOfFiveMegabytesIsRefused() throws IOException {
    byte[] large = new byte[5 << 20];
    Arrays.fill(large, (byte) ' ');
    refused(InvalidException.class, good().replace("index.json", large), ALL, "index.json");
  }

  @Test
  void documentsThatWouldFillTheMemoryAreRefused() throws IOException {
    SourceBuilder source = new SourceBuilder();
    byte[] large = new byte[1 << 20];
    Arrays.fill(large, (byte) ' ');
    for (int i = 0; i < 4; i++) {
      source.file("junk" + i, large);
    }
    LoadOptions options =
        LoadOptions.DEFAULT.withLimits(new LoadLimits(100, 1 << 30, 1 << 30, 3 << 20, 100));
    refused(
        InvalidException.class,
        () -> load(source, Form.STREAM, options),
        "stream",
        "junk3",
        "documents");
  }

  @Test
  void noIndexAndNoManifestPointsToImport() throws IOException {
    SourceBuilder source = new SourceBuilder().file("etc/passwd", "root").file("bin/sh", "");
    refused(
        InvalidException.class,
        source,
        ALL,
        "not an image archive",
        "neither index.json nor manifest.json",
        "import");
  }

  @Test
  void aLayoutWithoutIndexIsRefused() throws IOException {
    refused(InvalidException.class, good().remove("index.json"), ALL, "without index.json");
  }

  @Test
  void anIndexWithoutTheMarkerFileIsRefused() throws IOException {
    refused(InvalidException.class, good().remove("oci-layout"), ALL, "oci-layout");
  }

  @Test
  void anotherLayoutVersionIsRefused() throws IOException {
    SourceBuilder source =
        good()
            .replace(
                "oci-layout",
                "{\"imageLayoutVersion\":\"2.0.0\"}".getBytes(StandardCharsets.UTF_8));
    refused(UnsupportedException.class, source, ALL, "oci-layout", "2.0.0");
  }

  @Test
  void anEmptyIndexIsRefused() throws IOException {
    refused(NotFoundException.class, new SourceBuilder().layout(), ALL, "without images");
  }

  @Test
  void aSchemaOneManifestIsRefused() throws IOException {
    refused(
        UnsupportedException.class,
        withManifest("{\"schemaVersion\":1,\"name\":\"x\"}"),
        ALL,
        "schema 1");
    SourceBuilder source = new SourceBuilder();
    byte[] old = "{\"schemaVersion\":1}".getBytes(StandardCharsets.UTF_8);
    source
        .blob(old)
        .top(Descriptor.of("application/vnd.docker.distribution.manifest.v1+prettyjws", old))
        .layout();
    refused(UnsupportedException.class, source, ALL, "schema 1");
  }

  @Test
  void aForeignLayerIsRefused() throws IOException {
    refused(
        UnsupportedException.class,
        forged(MediaTypes.OCI_LAYER_GZIP, MediaTypes.DOCKER_FOREIGN_LAYER),
        ALL,
        "foreign layer");
  }

  @Test
  void anArtifactIsRefused() throws IOException {
    refused(
        UnsupportedException.class,
        forged(MediaTypes.OCI_CONFIG, "application/vnd.cncf.helm.config.v1+json"),
        ALL,
        "not an image",
        "helm");
    refused(
        UnsupportedException.class,
        forged(MediaTypes.OCI_LAYER_GZIP, "application/vnd.in-toto+json"),
        ALL,
        "not an image",
        "in-toto");
  }

  @Test
  void oneDocumentThatIsIndexAndManifestIsRefused() throws IOException {
    refused(
        InvalidException.class,
        withManifest(goodManifest().replaceFirst("\\{", "{\"manifests\":[],")),
        ALL,
        "an index where an image manifest is expected");
  }

  @Test
  void aDiffIdThatTheLayerDoesNotHaveIsRefused() throws IOException {
    SourceBuilder source = new SourceBuilder();
    byte[] config =
        SourceBuilder.config(SourceBuilder.AMD64, List.of(SMALL.diffId(), SMALL.diffId()));
    source.blob(config).blob(SMALL.blob()).blob(LARGE.blob());
    Descriptor image =
        source.manifest(
            Manifest.of(
                Descriptor.of(MediaTypes.OCI_CONFIG, config),
                List.of(SMALL.descriptor(), LARGE.descriptor())));
    source.named(image, "a:1").layout();
    refused(
        CorruptException.class,
        source,
        ALL,
        blob(LARGE),
        "diffID",
        LARGE.diffId().toString(),
        SMALL.diffId().toString());
  }

  @Test
  void aLayerThatDoesNotDecompressIsRefused() throws IOException {
    byte[] broken = LARGE.blob().clone();
    Arrays.fill(broken, 1000, 2000, (byte) 0);
    SourceBuilder.Layer layer = new SourceBuilder.Layer(LARGE.tar(), broken, Compression.GZIP);
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, layer), "a:1").layout();
    refused(PhylloException.class, source, ALL, Digest.sha256(broken).hex());
  }

  @Test
  void aLayerThatExpandsWithoutEndStopsAtTheLimit() throws IOException {
    byte[] zeros = new byte[20 << 20];
    SourceBuilder.Layer bomb =
        new SourceBuilder.Layer(
            zeros, SourceBuilder.compress(zeros, Compression.GZIP), Compression.GZIP);
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, bomb), "a:1").layout();
    LoadOptions options =
        LoadOptions.DEFAULT.withLimits(new LoadLimits(100, 1 << 30, 10 << 20, 1 << 20, 100));
    for (Form form : ALL) {
      freshStore();
      refused(InvalidException.class, () -> load(source, form, options), form.toString(), "limit");
    }
  }

  @Test
  void anArchiveThatExpandsWithoutEndStopsAtTheLimit() throws IOException {
    SourceBuilder source = good().file("junk", new byte[20 << 20]);
    LoadOptions options =
        LoadOptions.DEFAULT.withLimits(new LoadLimits(100, 10 << 20, 1 << 30, 1 << 20, 100));
    for (Form form : ARCHIVES) {
      freshStore();
      refused(InvalidException.class, () -> load(source, form, options), form.toString(), "limit");
    }
  }

  @Test
  void anEndlessStreamStopsAtTheLimit() throws IOException {
    byte[] one = new SourceBuilder().file("e", new byte[1000]).tar();
    byte[] entry = Arrays.copyOf(one, 1536);
    InputStream endless =
        new InputStream() {
          private long at;

          @Override
          public int read() {
            return entry[(int) (at++ % entry.length)];
          }

          @Override
          public int read(byte[] b, int off, int len) {
            for (int i = 0; i < len; i++) {
              b[off + i] = entry[(int) (at++ % entry.length)];
            }
            return len;
          }
        };
    refused(
        InvalidException.class,
        () ->
            new ImageLoader(store, StepListener.NONE)
                .load(
                    endless,
                    "stdin",
                    LoadOptions.DEFAULT.withLimits(
                        new LoadLimits(10_000, 1L << 40, 1 << 30, 64 << 20, 100))),
        "endless",
        "stdin");
  }

  @Test
  void anArchiveThatEndsEarlyIsRefused() throws IOException {
    byte[] tar = good().tar();
    for (Form form : ARCHIVES) {
      for (int length : new int[] {100, 700, 3000, tar.length / 2}) {
        freshStore();
        byte[] cut = Arrays.copyOf(tar, length);
        refused(
            PhylloException.class,
            () -> load(cut, good(), form, LoadOptions.DEFAULT),
            form + " " + length);
      }
    }
  }

  @Test
  void aCompressedArchiveThatEndsEarlyIsRefused() throws IOException {
    for (Compression compression : List.of(Compression.GZIP, Compression.ZSTD)) {
      freshStore();
      byte[] whole = SourceBuilder.compress(good().tar(), compression);
      byte[] cut = Arrays.copyOf(whole, whole.length - 10);
      refused(
          PhylloException.class,
          () ->
              new ImageLoader(store, StepListener.NONE)
                  .load(new ByteArrayInputStream(cut), "stdin", LoadOptions.DEFAULT),
          compression.toString(),
          "stdin");
    }
  }

  @Test
  void noiseAndEmptinessAreRefused() throws IOException {
    byte[] noise = new byte[40_000];
    new Random(1).nextBytes(noise);
    for (byte[] bytes : List.of(noise, new byte[0], new byte[10], new byte[2048])) {
      for (Form form : List.of(Form.FILE, Form.STREAM)) {
        freshStore();
        refused(
            InvalidException.class,
            () -> load(bytes, good(), form, LoadOptions.DEFAULT),
            form + " " + bytes.length,
            "not an image archive");
      }
    }
  }

  @Test
  void xzIsRefusedWithTheCommandToUse() throws IOException {
    Path file =
        Files.write(temp.resolve("a.tar.xz"), new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0});
    refused(
        UnsupportedException.class,
        () -> new ImageLoader(store, StepListener.NONE).load(file, LoadOptions.DEFAULT),
        "xz",
        "a.tar.xz",
        "xz -dc");
  }

  @Test
  void twoIndexesInOneArchiveAreRefused() throws IOException {
    byte[] index = good().content("index.json");
    refused(InvalidException.class, good().file("./index.json", index), ARCHIVES, "index.json");
    refused(
        InvalidException.class,
        good().symlink("index.json", "blobs/sha256/" + "0".repeat(64)),
        ARCHIVES,
        "index.json");
  }

  @Test
  void entriesOutsideTheArchiveAreNeverLookedAt() throws IOException {
    byte[] evil = new byte[500_000];
    SourceBuilder source =
        good().file("../escape", evil).file("blobs/../../escape2", evil).file("/escape3", evil);
    for (Form form : ARCHIVES) {
      freshStore();
      assertHoldsOnly(load(source, form, LoadOptions.DEFAULT).getFirst());
    }
    try (var files = Files.walk(temp)) {
      assertEquals(
          List.of(), files.filter(f -> f.getFileName().toString().startsWith("escape")).toList());
    }
  }

  @Test
  void oneNameForTwoImagesIsRefused() throws IOException {
    SourceBuilder source = new SourceBuilder();
    source
        .named(source.ociImage(SourceBuilder.AMD64, SMALL), "a:1")
        .named(source.ociImage(SourceBuilder.AMD64, LARGE), "a:1")
        .layout();
    refused(InvalidException.class, source, ALL, "docker.io/library/a:1", "2 different images");
  }

  @Test
  void indexesNestedWithoutEndAreRefused() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor d = source.ociImage(SourceBuilder.AMD64, SMALL);
    for (int i = 0; i < 20; i++) {
      d = source.nested(d);
    }
    source.named(d, "a:1").layout();
    refused(InvalidException.class, source, ALL, "nested");
  }

  @Test
  void anIndexThatBranchesWithoutEndIsRefused() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor d = source.ociImage(SourceBuilder.ARM64, SMALL).withPlatform(SourceBuilder.ARM64);
    for (int i = 0; i < 7; i++) {
      Descriptor[] many = new Descriptor[20];
      Arrays.fill(many, d);
      d = source.nested(many);
    }
    source.named(d, "a:1").layout();
    refused(InvalidException.class, source, ALL, "more than");
  }

  @Test
  void aLinkOutOfALayoutDirectoryIsRefused() throws IOException {
    Path outside = Files.write(temp.resolve("outside"), LARGE.blob());
    Path layout = good().directory(temp.resolve("linked"));
    Path blob = layout.resolve(blob(LARGE));
    Files.delete(blob);
    Files.createSymbolicLink(blob, outside);
    ImageLoader loader = new ImageLoader(store, StepListener.NONE);
    refused(
        InvalidException.class,
        () -> loader.load(layout, LoadOptions.DEFAULT),
        "absolute",
        blob(LARGE),
        "symbolic link");
    Files.delete(blob);
    Path blobs = layout.resolve("blobs");
    Files.move(blobs, temp.resolve("moved"));
    Files.createSymbolicLink(blobs, temp.resolve("moved"));
    refused(
        InvalidException.class,
        () -> loader.load(layout, LoadOptions.DEFAULT),
        "directory",
        "symbolic link");
  }

  @Test
  void aPipeInALayoutDirectoryIsNotOpened() throws Exception {
    Path layout = good().directory(temp.resolve("pipe"));
    Path blob = layout.resolve(blob(LARGE));
    Files.delete(blob);
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/mkfifo"))
            && new ProcessBuilder("mkfifo", blob.toString()).start().waitFor() == 0,
        "needs mkfifo");
    refused(
        InvalidException.class,
        () -> new ImageLoader(store, StepListener.NONE).load(layout, LoadOptions.DEFAULT),
        "pipe",
        "not a regular file");
  }

  @Test
  void aMissingFileIsNamed() {
    refused(
        NotFoundException.class,
        () ->
            new ImageLoader(store, StepListener.NONE)
                .load(temp.resolve("nowhere.tar"), LoadOptions.DEFAULT),
        "missing",
        "nowhere.tar");
  }

  @Test
  void aBaseNameWithATagIsAMistake() {
    refused(
        UsageException.class,
        () -> load(good(), Form.FILE, LoadOptions.DEFAULT.withBaseName("a:1")),
        "base",
        "a:1",
        "no tag");
  }

  @Test
  void hostileTextReachesNoTerminal() throws IOException {
    SourceBuilder source = new SourceBuilder();
    byte[] config = ImageConfig.of(SourceBuilder.AMD64, ProcessConfig.EMPTY, List.of()).toBytes();
    source
        .file("c\u001b[31m\n.json", config)
        .dockerManifest(
            SourceBuilder.dockerItem("c\\u001b[31m\\n.json", List.of(), List.of("x\\u001b\\n")));
    PhylloException e = refused(PhylloException.class, source, ARCHIVES, "\\x1b");
    assertEquals(-1, String.valueOf(e.getMessage()).indexOf('\u001b'));
  }

  @Test
  void everyFlippedByteOfASmallArchiveIsRefusedOrHarmless() throws IOException {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("seed " + seed + ": replay with -Dphyllo.seed=" + seed);
    Random random = new Random(seed);
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, SMALL), "a:1").layout();
    byte[] tar = source.tar();
    Digest good = loadOne(source, Form.STREAM, LoadOptions.DEFAULT).target().digest();
    for (int i = 0; i < 300; i++) {
      freshStore();
      byte[] bad = tar.clone();
      bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      Form form = random.nextBoolean() ? Form.FILE : Form.STREAM;
      try {
        for (LoadedImage image : load(bad, source, form, LoadOptions.DEFAULT)) {
          // Padding, times, owners, the index' name: whatever changed, the image did not.
          assertEquals(good, image.target().digest());
        }
      } catch (PhylloException _) {
        assertEquals(List.of(), store.list(), "seed " + seed + " round " + i);
      }
    }
  }

  @Test
  void aBrokenImageBesideAGoodOneKeepsNeither() throws IOException {
    SourceBuilder two = new SourceBuilder();
    two.named(two.ociImage(SourceBuilder.AMD64, LARGE), "good:1")
        .named(two.ociImage(SourceBuilder.AMD64, SMALL), "bad:1")
        .layout();
    two.replace(blob(SMALL), new byte[SMALL.blob().length]);
    refused(CorruptException.class, two, ALL, blob(SMALL));
  }
}

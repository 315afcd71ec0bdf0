package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Step;
import dev.phyllo.oci.StepListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** OCI layouts and archives, in every form they come in. */
class OciLoadTest extends LoadTestBase {
  private static final SourceBuilder.Layer BASE =
      SourceBuilder.layer("base", 5000, Compression.GZIP);
  private static final SourceBuilder.Layer DELTA =
      SourceBuilder.layer("delta", 300_000, Compression.ZSTD);
  private static final SourceBuilder.Layer PLAIN =
      SourceBuilder.layer("plain", 700_000, Compression.NONE);

  @ParameterizedTest
  @EnumSource(Form.class)
  void anImageLoadsByteForByte(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor image = source.ociImage(SourceBuilder.AMD64, BASE, DELTA, PLAIN);
    source.named(image, "example.org/app:1").layout();
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT);
    assertEquals(plain(image), plain(loaded.target()));
    assertEquals(List.of("example.org/app:1"), names(loaded));
    assertEquals(SourceBuilder.AMD64, loaded.target().platform().orElseThrow());
    assertHoldsOnly(loaded);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void theHandMadeArchiveOfTheArticleGetsItsName(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    if (form != Form.DIRECTORY) {
      source.prefix("./");
    }
    source.named(source.ociImage(SourceBuilder.AMD64, BASE, DELTA), "handroll:latest").layout();
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT.withBaseName("handroll"));
    assertEquals(List.of("docker.io/library/handroll:latest"), names(loaded));
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void loadingAgainGivesTheSameAndReadsNothingTwice(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, BASE, DELTA, PLAIN), "a:1").layout();
    LoadedImage first = loadOne(source, form, LoadOptions.DEFAULT);
    int blobs = store.list().size();
    assertEquals(first, load(source.tar(), source, again(form), LoadOptions.DEFAULT).getFirst());
    assertEquals(
        first,
        load(source.tar(), source, again(form), LoadOptions.DEFAULT.withVerifyDiffIds(false))
            .getFirst());
    assertEquals(blobs, store.list().size());
  }

  private static Form again(Form form) {
    return form == Form.DIRECTORY ? Form.FILE : form;
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void severalImagesOfOneArchiveShareLayers(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor one = source.ociImage(SourceBuilder.AMD64, BASE);
    Descriptor two = source.ociImage(SourceBuilder.AMD64, BASE, DELTA);
    source.named(one, "example.org/one:1").named(two, "example.org/two:2");
    source.named(one, "example.org/uno:1").layout();
    List<LoadedImage> loaded = load(source, form, LoadOptions.DEFAULT);
    assertEquals(2, loaded.size());
    assertEquals(List.of("example.org/one:1", "example.org/uno:1"), names(loaded.get(0)));
    assertEquals(List.of("example.org/two:2"), names(loaded.get(1)));
    assertHoldsOnly(loaded.get(0), loaded.get(1));
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void aLayerThatOccursTwiceInAnImageIsKeptOnce(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, DELTA, BASE, DELTA), "a:1").layout();
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT);
    assertEquals(3, manifest(loaded).layers().size());
    assertHoldsOnly(loaded);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void blobsThatNoImageNeedsAreNotKept(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    source.blob(DELTA.blob()).blob(PLAIN.blob()).file("junk", new byte[200_000]);
    source.named(source.ociImage(SourceBuilder.AMD64, BASE), "a:1").layout();
    assertHoldsOnly(loadOne(source, form, LoadOptions.DEFAULT));
  }

  @Test
  void aTagWithoutRepositoryIsNoName() throws IOException {
    SourceBuilder source = new SourceBuilder();
    source.named(source.ociImage(SourceBuilder.AMD64, BASE), "latest").layout();
    LoadedImage loaded = loadOne(source, Form.FILE, LoadOptions.DEFAULT);
    assertEquals(List.of(), names(loaded));
    assertEquals("latest", loaded.refName().orElseThrow());
  }

  @Test
  void anIndexWithoutMediaTypesTellsByItsDocuments() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor image = source.ociImage(SourceBuilder.AMD64, BASE);
    source.top(Descriptor.of("", image.digest(), image.size())).layout();
    assertEquals(plain(image), plain(loadOne(source, Form.FILE, LoadOptions.DEFAULT).target()));
  }

  @Test
  void theNewDockerFormIsReadAsTheLayoutItIs() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor image = source.ociImage(SourceBuilder.AMD64, PLAIN);
    source
        .top(
            image.withAnnotations(
                Map.of(
                    ImageNames.CONTAINERD_NAME,
                    "docker.io/library/busybox:latest",
                    Descriptor.REF_NAME,
                    "latest")))
        .layout()
        .dockerManifest(
            SourceBuilder.dockerItem(
                "blobs/sha256/none", List.of("busybox:latest"), List.of("blobs/sha256/none")));
    LoadedImage loaded = loadOne(source, Form.STREAM, LoadOptions.DEFAULT);
    assertEquals(plain(image), plain(loaded.target()));
    assertEquals(List.of("docker.io/library/busybox:latest"), names(loaded));
  }

  @Test
  void skopeosDirectoryFormLoads() throws IOException {
    SourceBuilder blobs = new SourceBuilder();
    Descriptor image = blobs.ociImage(SourceBuilder.AMD64, BASE, PLAIN);
    SourceBuilder source =
        new SourceBuilder()
            .file("version", "Directory Transport Version: 1.1\n")
            .file("manifest.json", blobs.content(ImageFiles.blobName(image.digest())));
    for (SourceBuilder.Layer layer : List.of(BASE, PLAIN)) {
      source.file(layer.descriptor().digest().hex(), layer.blob());
    }
    byte[] config =
        SourceBuilder.config(SourceBuilder.AMD64, List.of(BASE.diffId(), PLAIN.diffId()));
    source.file(dev.phyllo.oci.Digest.sha256(config).hex(), config);
    LoadedImage loaded =
        loadOne(source, Form.DIRECTORY, LoadOptions.DEFAULT.withBaseName("example.org/x"));
    assertEquals(plain(image), plain(loaded.target()));
    assertEquals(List.of("example.org/x:latest"), names(loaded));
  }

  @Test
  void theStepsTellTheKindAndTheNames() throws IOException {
    List<String> told = new ArrayList<>();
    StepListener listener =
        new StepListener() {
          @Override
          public boolean isListening() {
            return true;
          }

          @Override
          public synchronized void done(Step step) {
            told.add(step.verb() + " " + step.subject() + " " + step.details());
          }
        };
    SourceBuilder source = new SourceBuilder();
    Descriptor image = source.ociImage(SourceBuilder.AMD64, BASE);
    source.named(image, "a:1").layout();
    new ImageLoader(store, listener)
        .load(source.tarFile(temp.resolve("a.tar")), LoadOptions.DEFAULT);
    assertTrue(told.getFirst().startsWith("detect "), told.toString());
    assertTrue(told.getFirst().contains("kind=oci-archive"), told.toString());
    assertEquals(
        "name " + image.digest() + " {names=docker.io/library/a:1, ref.name=a:1}", told.getLast());
  }
}

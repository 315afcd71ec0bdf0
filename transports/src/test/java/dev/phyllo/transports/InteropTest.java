package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.StepListener;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What skopeo, umoci, buildah and podman save loads here, with the digests those tools see. */
@Timeout(300)
class InteropTest extends InteropTestBase {
  private static final SourceBuilder.Layer BASE =
      SourceBuilder.layer("base", 150_000, Compression.GZIP);
  private static final SourceBuilder.Layer TOP = SourceBuilder.layer("top", 1000, Compression.GZIP);

  /** Loads a source and compares manifest, or config where the manifest is made, with skopeo's. */
  private LoadedImage same(String skopeoName, Path source, LoadOptions options)
      throws IOException, InterruptedException {
    freshStore();
    List<LoadedImage> images = new ImageLoader(store, StepListener.NONE).load(source, options);
    assertEquals(1, images.size());
    LoadedImage image = images.getFirst();
    byte[] raw = run("skopeo", "inspect", "--raw", skopeoName);
    Manifest theirs = Manifest.parse(raw, "skopeo's manifest");
    assertEquals(theirs.config().digest(), manifest(image).config().digest(), skopeoName);
    if (!skopeoName.startsWith("docker-archive:")) {
      assertEquals(Digest.sha256(raw), image.target().digest(), skopeoName);
    }
    assertHoldsOnly(image);
    if (Files.isRegularFile(source)) {
      freshStore();
      try (InputStream in = Files.newInputStream(source)) {
        List<LoadedImage> streamed =
            new ImageLoader(store, StepListener.NONE).load(in, "stdin", options);
        assertEquals(images, streamed, "from a stream");
      }
      assertHoldsOnly(image);
    }
    return image;
  }

  private Path layout(SourceBuilder.Layer... layers) throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor image = source.ociImage(SourceBuilder.AMD64, layers);
    return source.named(image, "src").layout().directory(temp.resolve("layout"));
  }

  @Test
  void skopeosArchivesAndDirectoriesLoad() throws Exception {
    needs("skopeo");
    String from = "oci:" + layout(BASE, TOP) + ":src";
    for (String kind : List.of("docker-archive", "oci-archive", "oci", "dir")) {
      Path to = temp.resolve("to-" + kind);
      boolean named = !kind.equals("dir");
      String target = kind + ":" + to + (named ? ":docker.io/library/made:1" : "");
      run("skopeo", "--insecure-policy", "copy", "-q", from, target);
      LoadedImage image = same(kind + ":" + to, to, LoadOptions.DEFAULT);
      assertEquals(named ? List.of("docker.io/library/made:1") : List.of(), names(image), kind);
    }
  }

  @Test
  void skopeosOtherCompressionsLoad() throws Exception {
    needs("skopeo");
    String from = "oci:" + layout(SourceBuilder.layer("plain", 150_000, Compression.NONE)) + ":src";
    Path to = temp.resolve("zstd.tar");
    run(
        "skopeo",
        "--insecure-policy",
        "copy",
        "-q",
        "--dest-compress-format",
        "zstd",
        from,
        "oci-archive:" + to + ":made:1");
    LoadedImage image = same("oci-archive:" + to, to, LoadOptions.DEFAULT);
    assertEquals(MediaTypes.OCI_LAYER_ZSTD, manifest(image).layers().getFirst().mediaType());
  }

  @Test
  void umocisLayoutLoadsUnderABaseName() throws Exception {
    needs("umoci", "skopeo");
    String layout = temp.resolve("umoci").toString();
    Path files = Files.createDirectories(temp.resolve("files"));
    Files.writeString(files.resolve("hello"), "from umoci\n", StandardCharsets.UTF_8);
    run("umoci", "init", "--layout", layout);
    run("umoci", "new", "--image", layout + ":made");
    run("umoci", "insert", "--image", layout + ":made", files.toString(), "/files");
    LoadedImage image =
        same("oci:" + layout + ":made", Path.of(layout), LoadOptions.DEFAULT.withBaseName("umoci"));
    assertEquals(List.of("docker.io/library/umoci:made"), names(image));
    assertEquals(1, manifest(image).layers().size());
  }

  @Test
  void buildahsImagesLoad() throws Exception {
    needs("buildah", "skopeo");
    needsRoot();
    Path tar = Files.write(temp.resolve("rootfs.tar"), BASE.tar());
    String container = new String(run(buildah("from", "scratch")), StandardCharsets.UTF_8).strip();
    try {
      run(buildah("add", "-q", container, tar.toString(), "/"));
      run(buildah("config", "--cmd", "/bin/sh", container));
      run(buildah("commit", "-q", container, "made"));
    } finally {
      run(buildah("rm", container));
    }
    for (String kind : List.of("docker-archive", "oci-archive", "oci")) {
      Path to = temp.resolve("buildah-" + kind);
      run(buildah("push", "-q", "made", kind + ":" + to + ":docker.io/library/made:2"));
      LoadedImage image = same(kind + ":" + to, to, LoadOptions.DEFAULT);
      // In a docker archive buildah keeps the image's other names too.
      assertEquals("docker.io/library/made:2", names(image).getFirst(), kind);
    }
  }

  @Test
  void podmansImagesLoad() throws Exception {
    needs("podman", "skopeo");
    needsRoot();
    Path tar = Files.write(temp.resolve("rootfs.tar"), BASE.tar());
    Path second = Files.write(temp.resolve("second.tar"), TOP.tar());
    run(podman("import", "-q", tar.toString(), "docker.io/library/one:1"));
    run(podman("import", "-q", second.toString(), "docker.io/library/two:1"));
    for (String kind : List.of("docker-archive", "oci-archive", "oci-dir", "docker-dir")) {
      Path to = temp.resolve("podman-" + kind);
      run(podman("save", "-q", "--format", kind, "-o", to.toString(), "one:1"));
      String transport =
          switch (kind) {
            case "oci-dir" -> "oci";
            case "docker-dir" -> "dir";
            default -> kind;
          };
      LoadedImage image = same(transport + ":" + to, to, LoadOptions.DEFAULT);
      if (kind.endsWith("archive")) {
        assertEquals(List.of("docker.io/library/one:1"), names(image), kind);
      }
    }
    Path several = temp.resolve("several.tar");
    run(podman("save", "-q", "-m", "-o", several.toString(), "one:1", "two:1"));
    freshStore();
    List<LoadedImage> images =
        new ImageLoader(store, StepListener.NONE).load(several, LoadOptions.DEFAULT);
    assertEquals(2, images.size());
    assertTrue(
        images.stream()
            .flatMap(i -> names(i).stream())
            .toList()
            .containsAll(List.of("docker.io/library/one:1", "docker.io/library/two:1")),
        images.toString());
    assertHoldsOnly(images.get(0), images.get(1));
  }
}

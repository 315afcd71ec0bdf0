package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonCodec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which image of an index is taken. */
class PlatformTest extends LoadTestBase {
  private static final SourceBuilder.Layer ONE =
      SourceBuilder.layer("1", 200_000, Compression.GZIP);
  private static final SourceBuilder.Layer TWO =
      SourceBuilder.layer("2", 200_000, Compression.GZIP);
  private static final Platform OTHER = Platform.of("linux", "s390x");
  private static final Platform HOST = Platform.host();

  private static Descriptor on(Platform platform, SourceBuilder source, SourceBuilder.Layer layer) {
    return source.ociImage(platform, layer).withPlatform(platform);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void theHostsImageOfANestedIndexIsTaken(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor host = on(HOST, source, ONE);
    Descriptor other = on(OTHER, source, TWO);
    source.named(source.nested(other, source.nested(host)), "a:1").layout();
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT);
    assertEquals(host.digest(), loaded.target().digest());
    assertEquals(HOST, loaded.target().platform().orElseThrow());
    assertHoldsOnly(loaded);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void anotherPlatformIsTakenWhenAsked(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor host = on(HOST, source, ONE);
    Descriptor other = on(OTHER, source, TWO);
    source.named(source.nested(host, other), "a:1").layout();
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT.withPlatform(OTHER));
    assertEquals(other.digest(), loaded.target().digest());
    assertHoldsOnly(loaded);
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void allPlatformsKeepTheIndexAndEverythingBelow(Form form) throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor host = on(HOST, source, ONE);
    Descriptor other = on(OTHER, source, TWO);
    byte[] statement = "{\"in\":\"toto\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8);
    byte[] config = SourceBuilder.config(Platform.of("unknown", "unknown"), List.of());
    source.blob(statement).blob(config);
    Descriptor attestation =
        source
            .manifest(
                Manifest.of(
                    Descriptor.of(MediaTypes.OCI_CONFIG, config),
                    List.of(Descriptor.of("application/vnd.in-toto+json", statement))))
            .withPlatform(Platform.of("unknown", "unknown"))
            .withAnnotations(Map.of("vnd.docker.reference.type", "attestation-manifest"));
    Descriptor index = source.nested(host, other, attestation);
    source.named(index, "a:1").layout();
    LoadedImage loaded = loadOne(source, form, LoadOptions.DEFAULT.withAllPlatforms(true));
    assertEquals(plain(index), loaded.target());
    assertEquals(1 + 3 + 3 + 3, store.list().size());
    Index kept = Index.parse(store.read(index, JsonCodec.MAX_BYTES), "index");
    assertEquals(3, kept.manifests().size());
    freshStore();
    assertEquals(host.digest(), loadOne(source, form, LoadOptions.DEFAULT).target().digest());
  }

  @Test
  void manifestsBesideEachOtherUnderOneNameAreOneImage() throws IOException {
    for (String name : List.of("a:1", "")) {
      freshStore();
      SourceBuilder source = new SourceBuilder();
      Descriptor host = on(HOST, source, ONE);
      Descriptor other = on(OTHER, source, TWO);
      Map<String, String> annotations =
          name.isEmpty() ? Map.of() : Map.of(Descriptor.REF_NAME, name);
      source.top(other.withAnnotations(annotations)).top(host.withAnnotations(annotations));
      source.layout();
      LoadedImage loaded = loadOne(source, Form.FILE, LoadOptions.DEFAULT);
      assertEquals(host.digest(), loaded.target().digest());
      LoadedImage all = loadOne(source, Form.FILE, LoadOptions.DEFAULT.withAllPlatforms(true));
      Index made = Index.parse(store.read(all.target(), JsonCodec.MAX_BYTES), "index");
      assertEquals(
          List.of(other.digest(), host.digest()),
          made.manifests().stream().map(Descriptor::digest).toList());
    }
  }

  @Test
  void aPlatformMayBeReadFromTheConfig() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor other = source.ociImage(OTHER, TWO);
    Descriptor host = source.ociImage(HOST, ONE);
    source.named(source.nested(other, host), "a:1").layout();
    assertEquals(host.digest(), loadOne(source, Form.FILE, LoadOptions.DEFAULT).target().digest());
  }

  @Test
  void imagesOfOtherPlatformsMayBeMissing() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor host = on(HOST, source, ONE);
    Descriptor other = on(OTHER, new SourceBuilder(), TWO);
    source.named(source.nested(other, host), "a:1").layout();
    assertHoldsOnly(loadOne(source, Form.STREAM, LoadOptions.DEFAULT));
  }

  @Test
  void aPlatformThatIsNotThereIsRefusedWithTheOnesThatAre() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor one = on(OTHER, source, ONE);
    Descriptor two = on(Platform.of("linux", "riscv64"), source, TWO);
    source.named(source.nested(one, two), "a:1").layout();
    refused(
        UnsupportedException.class,
        source,
        List.of(Form.values()),
        "no image for " + HOST,
        "linux/s390x, linux/riscv64",
        "--platform");
  }

  @Test
  void aSingleImageIsTakenWhateverItRunsOnUnlessAPlatformIsAsked() throws IOException {
    SourceBuilder source = new SourceBuilder();
    source.named(source.nested(on(OTHER, source, ONE)), "nested:1");
    source.named(source.ociImage(OTHER, TWO), "plain:1").layout();
    List<LoadedImage> loaded = load(source, Form.FILE, LoadOptions.DEFAULT);
    assertEquals(2, loaded.size());
    assertTrue(
        loaded.stream().allMatch(i -> i.target().platform().orElseThrow().equals(OTHER)),
        loaded.toString());
    freshStore();
    refused(
        UnsupportedException.class,
        () -> load(source, Form.FILE, LoadOptions.DEFAULT.withPlatform(SourceBuilder.ARM64)),
        "platform",
        "linux/arm64");
  }

  @Test
  void anArtifactBesideAnImageIsLeftOut() throws IOException {
    SourceBuilder source = new SourceBuilder();
    Descriptor image = source.ociImage(HOST, ONE);
    byte[] empty = {'{', '}'};
    source.blob(empty);
    Descriptor signature =
        source.manifest(
            Manifest.of(
                Descriptor.of(MediaTypes.OCI_EMPTY, empty),
                List.of(Descriptor.of("application/vnd.example.signature", empty))));
    source.top(signature).named(image, "a:1").layout();
    LoadedImage loaded = loadOne(source, Form.FILE, LoadOptions.DEFAULT);
    assertEquals(image.digest(), loaded.target().digest());
    assertHoldsOnly(loaded);
  }
}

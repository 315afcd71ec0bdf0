package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Manifests, indexes and configs as documents from archives and registries. */
class DocumentsTest {
  private static final String D = "sha256:" + "a".repeat(64);
  private static final String CONFIG =
      "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\""
          + D
          + "\",\"size\":2}";
  private static final String LAYER =
      "{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\""
          + D
          + "\",\"size\":3}";

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static Manifest manifest(String json) {
    return Manifest.parse(bytes(json), "doc");
  }

  private static Index index(String json) {
    return Index.parse(bytes(json), "doc");
  }

  private static ImageConfig config(String json) {
    return ImageConfig.parse(bytes(json), "doc");
  }

  @Test
  void aManifestIsReadAndWrittenByteForByte() {
    String json =
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
            + "\"artifactType\":\"application/x\",\"config\":"
            + CONFIG
            + ",\"layers\":["
            + LAYER
            + "],\"subject\":"
            + LAYER
            + ",\"annotations\":{\"k\":\"v\"},\"x\":[1.0]}";
    assertEquals(json, text(manifest(json).toBytes()));
    assertEquals(manifest(json), manifest(text(manifest(json).toBytes())));
  }

  @Test
  void aDockerSchema2ManifestHasTheSameShape() {
    Manifest m =
        manifest(
            """
            {"schemaVersion": 2,
             "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
             "config": {"mediaType": "application/vnd.docker.container.image.v1+json",
                        "size": 7023, "digest": "%1$s"},
             "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                         "size": 32654, "digest": "%1$s"}]}\
            """
                .formatted(D));
    assertEquals(MediaTypes.DOCKER_MANIFEST, m.mediaType());
    assertEquals(32654, m.layers().getFirst().size());
  }

  @Test
  void aManifestThatIsAlsoAnIndexIsNeither() {
    String both =
        "{\"schemaVersion\":2,\"config\":"
            + CONFIG
            + ",\"layers\":["
            + LAYER
            + "],\"manifests\":["
            + LAYER
            + "]}";
    assertThrows(InvalidException.class, () -> manifest(both));
    assertThrows(InvalidException.class, () -> index(both));
    // Nor may the members of one go under the media type of the other.
    String wrongType =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":" + CONFIG + ",\"layers\":[]}";
    assertThrows(InvalidException.class, () -> manifest(wrongType.formatted(MediaTypes.OCI_INDEX)));
    assertThrows(
        InvalidException.class, () -> manifest(wrongType.formatted(MediaTypes.DOCKER_INDEX)));
    assertThrows(
        InvalidException.class,
        () ->
            index(
                "{\"schemaVersion\":2,\"mediaType\":\""
                    + MediaTypes.OCI_MANIFEST
                    + "\",\"manifests\":[]}"));
    // Nor under names that only some readers take for them.
    assertThrows(
        InvalidException.class,
        () ->
            manifest(
                "{\"schemaVersion\":2,\"config\":"
                    + CONFIG
                    + ",\"layers\":[],\"Layers\":["
                    + LAYER
                    + "]}"));
  }

  @Test
  void aDocumentWithoutWhatItMustHaveIsRefused() {
    for (String json :
        List.of(
            "{}",
            "{\"schemaVersion\":2}",
            "{\"schemaVersion\":3,\"config\":" + CONFIG + ",\"layers\":[]}",
            "{\"schemaVersion\":\"2\",\"config\":" + CONFIG + ",\"layers\":[]}",
            "{\"config\":" + CONFIG + ",\"layers\":[]}",
            "{\"schemaVersion\":2,\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":" + CONFIG + "}",
            "{\"schemaVersion\":2,\"config\":[],\"layers\":[]}",
            "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":{}}",
            "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":[null]}",
            "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":[[]]}",
            "[]",
            "")) {
      assertThrows(InvalidException.class, () -> manifest(json), json);
    }
    for (String json :
        List.of(
            "{}",
            "{\"schemaVersion\":2}",
            "{\"schemaVersion\":1,\"manifests\":[]}",
            "{\"schemaVersion\":2,\"manifests\":[1]}",
            "{\"manifests\":[]}")) {
      assertThrows(InvalidException.class, () -> index(json), json);
    }
    assertEquals(List.of(), index("{\"schemaVersion\":2,\"manifests\":null}").manifests());
  }

  @Test
  void aSchema1ManifestIsSaidToBeTooOld() {
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class,
            () ->
                manifest(
                    "{\"schemaVersion\":1,\"name\":\"x\",\"fsLayers\":[{\"blobSum\":\""
                        + D
                        + "\"}]}"));
    assertTrue(e.why().contains("schema 1"));
  }

  @Test
  void anErrorNamesTheDocumentAndThePlaceInIt() {
    InvalidException layer =
        assertThrows(
            InvalidException.class,
            () ->
                manifest(
                    "{\"schemaVersion\":2,\"config\":"
                        + CONFIG
                        + ",\"layers\":["
                        + LAYER
                        + ",{\"digest\":\"sha256:../..\",\"size\":1}]}"));
    assertEquals("doc layers[1]", layer.thing());
    InvalidException config =
        assertThrows(
            InvalidException.class,
            () -> manifest("{\"schemaVersion\":2,\"config\":{\"size\":1},\"layers\":[]}"));
    assertEquals("doc config", config.thing());
    InvalidException entry =
        assertThrows(
            InvalidException.class,
            () ->
                index(
                    "{\"schemaVersion\":2,\"manifests\":[{\"digest\":\""
                        + D
                        + "\",\"size\":-1}]}"));
    assertEquals("doc manifests[0]", entry.thing());
    InvalidException diffId =
        assertThrows(
            InvalidException.class,
            () ->
                config(
                    "{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                        + D
                        + "\",\"sha256:x\"]}}"));
    assertEquals("doc diff_ids[1]", diffId.thing());
  }

  @Test
  void moreLayersThanAnyoneStacksAreRefused() {
    StringBuilder layers = new StringBuilder(LAYER);
    for (int i = 0; i < Manifest.MAX_LAYERS; i++) {
      layers.append(",").append("{\"digest\":\"").append(D).append("\",\"size\":1}");
    }
    InvalidException e =
        assertThrows(
            InvalidException.class,
            () ->
                manifest(
                    "{\"schemaVersion\":2,\"config\":" + CONFIG + ",\"layers\":[" + layers + "]}"));
    assertTrue(e.why().contains("10001"), e.why());
  }

  @Test
  void anIndexIsReadAndWrittenByteForByte() {
    String json =
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
            + "\"artifactType\":\"application/x\",\"manifests\":["
            + LAYER
            + "],\"subject\":"
            + LAYER
            + ",\"annotations\":{\"k\":\"v\"},\"x\":null}";
    assertEquals(json, text(index(json).toBytes()));
    assertEquals(List.of(), index(json).withManifests(List.of()).manifests());
  }

  @Test
  void aConfigOfDockerKeepsWhatOnlyDockerKnows() {
    String json =
        """
        {"architecture":"arm64","variant":"v8","os":"linux","os.version":"6","os.features":["a"],\
        "author":"me","created":"2026-01-01T00:00:00Z","docker_version":"28.5","container":"abc",\
        "config":{"Hostname":"h","User":"1:2","ExposedPorts":{"80/tcp":{}},"Env":["A=b","C="],\
        "Cmd":["sh"],"Healthcheck":{"Test":["CMD","x"],"Interval":30000000000},\
        "Volumes":{"/data":{}},"WorkingDir":"/w","Entrypoint":["/e","x"],"OnBuild":null,\
        "Labels":{"l":""},"StopSignal":"SIGQUIT","Shell":["/bin/bash","-c"]},\
        "rootfs":{"type":"layers","diff_ids":["%s"]},\
        "history":[{"created":"2026-01-01T00:00:00Z","created_by":"ADD","empty_layer":true,\
        "comment":"c","author":"a","x":1}]}\
        """
            .formatted(D);
    ImageConfig c = config(json);
    ProcessConfig p = c.process();
    assertEquals(Optional.of("v8"), c.platform().variant());
    assertEquals("1:2", p.user());
    assertEquals(List.of("80/tcp"), p.exposedPorts());
    assertEquals(List.of("A=b", "C="), p.env());
    assertEquals(List.of("/e", "x"), p.entrypoint());
    assertEquals(List.of("sh"), p.cmd());
    assertEquals(List.of("/data"), p.volumes());
    assertEquals("/w", p.workingDir());
    assertEquals(Map.of("l", ""), p.labels());
    assertEquals(Optional.of("SIGQUIT"), p.stopSignal());
    assertTrue(c.history().getFirst().emptyLayer());
    assertEquals(c, config(text(c.toBytes())));
    String written = text(c.toBytes());
    for (String kept :
        List.of(
            "\"docker_version\":\"28.5\"",
            "\"container\":\"abc\"",
            "\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":30000000000}",
            "\"OnBuild\":null",
            "\"Shell\":[\"/bin/bash\",\"-c\"]",
            "\"x\":1")) {
      assertTrue(written.contains(kept), kept + " in " + written);
    }
  }

  @Test
  void aConfigWithNothingButLayersIsEnough() {
    ImageConfig c =
        config(
            "{\"os\":\"linux\",\"architecture\":\"amd64\",\"config\":null,\"history\":null,"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":null}}");
    assertEquals(ProcessConfig.EMPTY, c.process());
    assertEquals(List.of(), c.diffIds());
    assertThrows(InvalidException.class, () -> config("{\"os\":\"linux\"}"));
    assertThrows(UnsupportedException.class, () -> config("{\"rootfs\":{\"type\":\"other\"}}"));
    assertThrows(
        InvalidException.class,
        () -> config("{\"rootfs\":{\"diff_ids\":[]},\"Rootfs\":{\"diff_ids\":[]}}"));
  }

  @Test
  void processConfigsAreChangedByCopy() {
    ProcessConfig p = ProcessConfig.EMPTY.withCmd(List.of("a", "b")).withEnv(List.of("K=v"));
    assertEquals(List.of("a", "b"), p.cmd());
    assertEquals(List.of("K=v"), p.env());
    assertEquals(List.of(), ProcessConfig.EMPTY.cmd());
  }
}

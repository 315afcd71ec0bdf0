package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DescriptorTest {
  private static final String DIGEST = "sha256:" + "a".repeat(64);

  private static Descriptor parse(String json) {
    return Descriptor.fromJson(JsonCodec.parseObject(json.getBytes(StandardCharsets.UTF_8), "doc"));
  }

  @Test
  void everyFieldSurvivesAndSoDoesWhatIsUnknown() {
    String json =
        """
        {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":7682,\
        "urls":["https://example.com/x"],"annotations":{"b":"2","a":"1"},\
        "platform":{"architecture":"arm","os":"linux","os.version":"1","os.features":["f"],\
        "variant":"v7","features":["sse4"]},"artifactType":"application/x","data":"e30=",\
        "x-new":{"deep":[1.50,null]}}\
        """
            .formatted(DIGEST);
    Descriptor d = parse(json);
    assertEquals(json, new String(JsonCodec.toBytes(d.toJson()), StandardCharsets.UTF_8));
    assertEquals(7682, d.size());
    assertEquals(Optional.of("v7"), d.platform().orElseThrow().variant());
    assertEquals(List.of("b", "a"), List.copyOf(d.annotations().keySet()));
  }

  @Test
  void aBadDigestOrSizeIsAnErrorThatNamesTheDocument() {
    for (String field :
        List.of(
            "\"digest\":\"sha256:../..\",\"size\":1",
            "\"digest\":\"sha256:" + "A".repeat(64) + "\",\"size\":1",
            "\"digest\":7,\"size\":1",
            "\"digest\":null,\"size\":1",
            "\"size\":1",
            "\"digest\":\"" + DIGEST + "\"",
            "\"digest\":\"" + DIGEST + "\",\"size\":null",
            "\"digest\":\"" + DIGEST + "\",\"size\":\"1\"",
            "\"digest\":\"" + DIGEST + "\",\"size\":-1",
            "\"digest\":\"" + DIGEST + "\",\"size\":1.5",
            "\"digest\":\"" + DIGEST + "\",\"size\":1.0",
            "\"digest\":\"" + DIGEST + "\",\"size\":1e3",
            "\"digest\":\"" + DIGEST + "\",\"size\":1e999999999",
            "\"digest\":\"" + DIGEST + "\",\"size\":9223372036854775808",
            "\"digest\":\"" + DIGEST + "\",\"size\":-9223372036854775809",
            "\"digest\":\"" + DIGEST + "\",\"size\":1,\"Size\":2",
            "\"digest\":\"" + DIGEST + "\",\"DIGEST\":\"" + DIGEST + "\",\"size\":1",
            "\"digest\":\"" + DIGEST + "\",\"size\":1,\"annotations\":{\"a\":1}",
            "\"digest\":\"" + DIGEST + "\",\"size\":1,\"urls\":\"x\"")) {
      InvalidException e =
          assertThrows(InvalidException.class, () -> parse("{" + field + "}"), field);
      assertEquals("doc", e.thing(), field);
      assertTrue(e.getMessage().length() < 400, field);
    }
    assertEquals(
        Long.MAX_VALUE,
        parse("{\"digest\":\"" + DIGEST + "\",\"size\":9223372036854775807}").size());
  }

  @Test
  void aDescriptorCannotBeMadeWithANegativeSizeNorChangedAfterwards() {
    Digest digest = Digest.parse(DIGEST);
    assertThrows(InvalidException.class, () -> Descriptor.of("x", digest, -1));
    Descriptor d = Descriptor.of("x", digest, 1);
    assertThrows(UnsupportedOperationException.class, () -> d.annotations().put("a", "b"));
    assertThrows(UnsupportedOperationException.class, () -> d.urls().add("a"));
  }

  @Test
  void copiesChangeOneThing() {
    Descriptor d = Descriptor.of("x", new byte[] {1, 2, 3});
    assertEquals(3, d.size());
    assertEquals(Optional.of("n"), d.withAnnotations(Map.of(Descriptor.REF_NAME, "n")).refName());
    assertEquals(Optional.empty(), d.refName());
    assertEquals(Optional.of(Platform.host()), d.withPlatform(Platform.host()).platform());
    assertEquals(Json.Obj.EMPTY, d.extra());
  }
}

package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChainIdTest {
  private static final Digest A = Digest.sha256(new byte[] {1});
  private static final Digest B = Digest.sha256(new byte[] {2});
  private static final Digest C = Digest.sha256(new byte[] {3});

  @Test
  void theFirstLayersChainIdIsItsDiffIdAndEachNextHashesBoth() {
    List<Digest> chain = ChainId.of(List.of(A, B, C));
    assertEquals(A, chain.get(0));
    assertEquals(hash(A + " " + B), chain.get(1));
    assertEquals(hash(chain.get(1) + " " + C), chain.get(2));
    assertEquals(List.of(), ChainId.of(List.of()));
  }

  @Test
  void imagesShareAChainOnlyAsFarAsTheirLayersAreTheSameInOrder() {
    assertEquals(ChainId.of(List.of(A, B)), ChainId.of(List.of(A, B, C)).subList(0, 2));
    assertFalse(ChainId.of(List.of(A, B)).getLast().equals(ChainId.of(List.of(B, A)).getLast()));
  }

  @Test
  void mediaTypesAreToldApart() {
    assertTrue(MediaTypes.isIndex(MediaTypes.DOCKER_INDEX));
    assertTrue(MediaTypes.isManifest(MediaTypes.OCI_MANIFEST));
    assertTrue(MediaTypes.isConfig(MediaTypes.DOCKER_CONFIG));
    assertTrue(MediaTypes.isLayer(MediaTypes.OCI_LAYER_ZSTD));
    assertTrue(MediaTypes.isForeignLayer(MediaTypes.DOCKER_FOREIGN_LAYER));
    assertTrue(
        MediaTypes.isForeignLayer("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"));
    assertFalse(MediaTypes.isLayer(MediaTypes.DOCKER_FOREIGN_LAYER));
    for (String type :
        List.of("", MediaTypes.OCI_EMPTY, MediaTypes.OCI_LAYOUT, "application/json")) {
      assertFalse(
          MediaTypes.isIndex(type)
              || MediaTypes.isManifest(type)
              || MediaTypes.isConfig(type)
              || MediaTypes.isLayer(type)
              || MediaTypes.isForeignLayer(type),
          type);
    }
  }

  private static Digest hash(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
  }
}

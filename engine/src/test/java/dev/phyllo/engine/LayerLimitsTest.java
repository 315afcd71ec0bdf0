package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerLimitsTest {
  @TempDir Path dir;

  @BeforeEach
  void root() throws IOException {
    TestImages.assumeRoot();
  }

  private InvalidException refusedBy(TarLimits limits, LoadRequest request) {
    Phyllo engine = Phyllo.open(EngineOptions.at(dir.resolve("root")).withLayerLimits(limits));
    InvalidException e = assertThrows(InvalidException.class, () -> engine.load(request));
    assertEquals(0, engine.images().size());
    engine.gc();
    assertEquals(0, engine.snapshotter().list().size());
    assertEquals(0, engine.content().list().size());
    return e;
  }

  private LoadRequest bomb() throws IOException {
    // 64 MiB of nothing in a few kilobytes of gzip, and hundreds of entries.
    byte[] tar = TestImages.layer("many", 200, 100);
    byte[] long64 = java.util.Arrays.copyOf(tar, 64 << 20);
    return LoadRequest.of(TestImages.layout(dir.resolve("layout"), "bomb", long64));
  }

  @Test
  void aLayerThatInflatesBeyondTheLimitIsRefusedAndNothingStays() throws IOException {
    InvalidException e = refusedBy(TarLimits.DEFAULT.withMaxTotalBytes(1 << 20), bomb());
    assertTrue(e.getMessage().contains("limit"), e.getMessage());
  }

  @Test
  void itIsRefusedWithoutUnpackingToo() throws IOException {
    InvalidException e =
        refusedBy(TarLimits.DEFAULT.withMaxTotalBytes(1 << 20), bomb().withoutUnpacking());
    assertTrue(e.getMessage().contains("limit"), e.getMessage());
  }

  @Test
  void aLayerOfMoreEntriesThanTheLimitIsRefusedAndNothingStays() throws IOException {
    InvalidException e = refusedBy(TarLimits.DEFAULT.withMaxEntries(100), bomb());
    assertTrue(e.getMessage().contains("100"), e.getMessage());
  }

  @Test
  void withinTheLimitsItLoads() throws IOException {
    Phyllo engine = Phyllo.open(EngineOptions.at(dir.resolve("root")));
    engine.load(bomb());
    assertEquals(1, engine.images().size());
  }
}

package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.transports.Place;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Whoever gives input that is no good is told what can be done. */
class AdviceTest {
  @TempDir Path directory;

  private Phyllo engine() {
    return Phyllo.open(EngineOptions.at(directory.resolve("store")));
  }

  private static void advises(String advice, Executable work) {
    PhylloException e = assertThrows(PhylloException.class, work);
    assertEquals(advice, e.remedy(), e.getMessage());
    assertTrue(e.getMessage().endsWith("; " + advice), e.getMessage());
  }

  private Path layout(String index) throws IOException {
    Path layout = Files.createDirectories(directory.resolve("layout"));
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Files.writeString(layout.resolve("index.json"), index);
    return layout;
  }

  @Test
  void aDamagedLayoutIsToBeMadeAgain() throws IOException {
    for (String index : List.of("{", "[]", "{\"schemaVersion\":1}")) {
      Path layout = layout(index);
      advises(Advice.FILE, () -> engine().load(LoadRequest.of(layout)));
      advises(
          Advice.FILE,
          () ->
              engine()
                  .registries()
                  .copy(
                      CopyRequest.of(Place.parse("oci:" + layout + ":x"), new Place.InStore("x"))));
    }
  }

  @Test
  void aDamagedTreeIsToBePackedAgain() {
    byte[] damaged = "not an archive".repeat(100).getBytes(StandardCharsets.UTF_8);
    advises(
        Advice.TREE,
        () ->
            engine()
                .importImage(
                    new ImportRequest(
                        null,
                        new ByteArrayInputStream(damaged),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        Platform.host())));
  }

  @Test
  void adviceThatIsThereStays() {
    InvalidException known = new InvalidException("thing", "why", "what to do");
    assertSame(
        known,
        assertThrows(
            InvalidException.class,
            () ->
                Advice.orElse(
                    Advice.FILE,
                    () -> {
                      throw known;
                    })));
    assertEquals("what to do", known.remedy());
    CorruptException without = new CorruptException("thing", "why", "");
    without.advise("first");
    without.advise("second");
    assertEquals("thing: why; first", without.getMessage());
  }
}

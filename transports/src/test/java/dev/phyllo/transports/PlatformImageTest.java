package dev.phyllo.transports;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlatformImageTest {

  /** An index whose images are known by their platform's name alone. */
  private static ImageSource index(String... platforms) {
    List<Descriptor> manifests = new ArrayList<>();
    for (String platform : platforms) {
      byte[] name = platform.getBytes(StandardCharsets.UTF_8);
      manifests.add(
          Descriptor.of(MediaTypes.OCI_MANIFEST, Digest.sha256(name), 1)
              .withPlatform(Platform.parse(platform)));
    }
    byte[] bytes = Index.of(manifests).toBytes();
    return new ImageSource() {
      @Override
      public String thing() {
        return "test";
      }

      @Override
      public Descriptor target() {
        return Descriptor.of(MediaTypes.OCI_INDEX, bytes);
      }

      @Override
      public byte[] document(Descriptor descriptor) {
        return bytes;
      }

      @Override
      public InputStream blob(Descriptor descriptor, long offset) {
        return InputStream.nullInputStream();
      }

      @Override
      public void close() {}
    };
  }

  @ParameterizedTest
  @CsvSource({
    "linux/amd64, linux/amd64/v3 linux/amd64, linux/amd64",
    "linux/amd64/v3, linux/amd64 linux/amd64/v3 linux/amd64/v4, linux/amd64/v3",
    "linux/amd64/v4, linux/amd64 linux/amd64/v2, linux/amd64/v2",
    "linux/arm/v7, linux/arm/v5 linux/arm/v6 linux/arm/v8, linux/arm/v6",
    "linux/arm64, linux/arm/v7 linux/arm64/v8, linux/arm64/v8",
    "windows/amd64, linux/amd64 windows/amd64, windows/amd64",
  })
  void theBestThatTheMachineCanRunIsChosen(String wanted, String offered, String expected) {
    Descriptor chosen =
        PlatformImage.choose(index(offered.split(" ", -1)), Optional.of(Platform.parse(wanted)));
    assertEquals(expected, chosen.platform().orElseThrow().toString());
  }

  @Test
  void whatCannotRunIsNotChosenUnlessItIsTheOnlyOneAndNothingWasAskedFor() {
    ImageSource source = index("linux/s390x");
    assertEquals(
        "linux/s390x",
        PlatformImage.choose(source, Optional.empty()).platform().orElseThrow().toString());
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class,
            () -> PlatformImage.choose(source, Optional.of(Platform.parse("linux/amd64"))));
    assertEquals("has no image for linux/amd64, only for linux/s390x", e.why());
    assertThrows(
        UnsupportedException.class,
        () ->
            PlatformImage.choose(
                index("linux/amd64/v3"), Optional.of(Platform.parse("linux/amd64"))));
  }
}

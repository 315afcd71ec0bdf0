package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.UnsupportedException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerReaderTest {
  private static byte[] compress(Compression c, byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream compressed = c.compress(out)) {
      compressed.write(content);
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void theDiffIdCoversEveryByteAlsoWhatIsBehindTheEndMarker(Compression c) throws IOException {
    byte[] archive =
        new RawTar()
            .file("a", "hello")
            .file("b", "world")
            .add(new byte[1024])
            .file("c", "")
            .bytes();
    byte[] blob = compress(c, archive);
    try (LayerReader layer =
        LayerReader.open(new ByteArrayInputStream(blob), TarLimits.DEFAULT, "layer")) {
      assertEquals(c, layer.compression());
      TarEntry first = layer.tar().next();
      assertTrue(first != null && first.name().equals(RawPath.of("a")));
      assertEquals(Digest.sha256(archive), layer.finish());
      assertEquals(archive.length, layer.uncompressedSize());
    }
    try (LayerReader layer =
        LayerReader.open(new ByteArrayInputStream(blob), TarLimits.DEFAULT, "layer")) {
      int entries = 0;
      while (layer.tar().next() != null) {
        entries++;
      }
      assertEquals(2, entries);
      assertEquals(Digest.sha256(archive), layer.finish());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"GZIP", "ZSTD"})
  void aDecompressionBombIsStoppedByTheLimit(Compression c) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream compressed = c.compress(out)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 64; i++) {
        compressed.write(zeros);
      }
    }
    TarLimits limits = TarLimits.DEFAULT.withMaxTotalBytes(4 << 20);
    try (LayerReader layer =
        LayerReader.open(new ByteArrayInputStream(out.toByteArray()), limits, "bomb")) {
      InvalidException e = assertThrows(InvalidException.class, layer::finish);
      assertTrue(e.toString().contains(": bomb: byte 4194304: "), e::getMessage);
    }
  }

  @Test
  void otherCompressionNamesTheLayer() {
    byte[] xz = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0, 0};
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class,
            () -> LayerReader.open(new ByteArrayInputStream(xz), TarLimits.DEFAULT, "sha256:12"));
    assertEquals("sha256:12", e.thing());
  }

  @Test
  void anEmptyBlobIsALayerWithoutEntries() {
    try (LayerReader layer =
        LayerReader.open(new ByteArrayInputStream(new byte[0]), TarLimits.DEFAULT, "empty")) {
      assertEquals(Digest.sha256(new byte[0]), layer.finish());
    }
  }

  @Test
  void hashingCountsEveryWayOfReading() throws IOException {
    byte[] bytes = {1, 2, 3, 4, 5};
    try (HashingInputStream in =
        new HashingInputStream(new ByteArrayInputStream(bytes), Digest.Algorithm.SHA512)) {
      assertEquals(1, in.read());
      assertEquals(1, in.skip(1));
      assertEquals(3, in.read(new byte[10], 1, 9));
      assertEquals(-1, in.read());
      assertEquals(5, in.count());
      assertEquals(
          Digest.of(
              Digest.Algorithm.SHA512, Digest.Algorithm.SHA512.newMessageDigest().digest(bytes)),
          in.digest());
      assertEquals(in.digest(), in.digest());
    }
  }
}

package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.phyllo.oci.InvalidException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WhiteoutTest {
  @ParameterizedTest
  @CsvSource({
    ".wh.a,a", "./.wh.a,a", "/d/e/.wh.a,d/e/a", "d/.wh.a/,d/a", "d//.wh.a b,d/a b",
    ".wh..a,.a", ".wh....,...", ".wh.wh.,wh.", "d/.wh..wh,d/.wh", ".wh.x/.wh.y,.wh.x/y"
  })
  void aWhiteoutDeletesTheNameBehindItsPrefix(String name, String deleted) {
    assertEquals(new Whiteout.Delete(RawPath.of(deleted)), Whiteout.of(RawPath.of(name)));
  }

  @ParameterizedTest
  @CsvSource({".wh..wh..opq,''", "./d/.wh..wh..opq,d", "d/e/.wh..wh..opq/,d/e"})
  void anOpaqueMarkerNamesItsDirectory(String name, String directory) {
    assertEquals(new Whiteout.Opaque(RawPath.of(directory)), Whiteout.of(RawPath.of(name)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".wh..wh.aufs",
        ".wh..wh.plnk/12.34",
        "./.wh..wh.orph/",
        ".wh..wh.",
        ".wh..wh..opqx"
      })
  void aufsMetadataIsToBeSkipped(String name) {
    assertEquals(new Whiteout.Metadata(RawPath.of(name).clean()), Whiteout.of(RawPath.of(name)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "", "./", "a.wh.b", "d/.whx", ".wh", ".wh.d/file", "x/.wh.d/f"})
  void otherNamesAreNoWhiteouts(String name) {
    assertNull(Whiteout.of(RawPath.of(name)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {".wh.", "d/.wh./", ".wh..", ".wh...", "../.wh.a", "a/../.wh.b", "../.wh..wh..opq"})
  void whiteoutsOfNothingOrOutsideAreRefused(String name) {
    assertThrows(InvalidException.class, () -> Whiteout.of(RawPath.of(name)));
  }

  @Test
  void namesThatAreNotUtf8StayAsTheyAre() {
    byte[] name = {'.', 'w', 'h', '.', (byte) 0xe9};
    assertEquals(
        new Whiteout.Delete(RawPath.of(new byte[] {(byte) 0xe9})), Whiteout.of(RawPath.of(name)));
  }
}

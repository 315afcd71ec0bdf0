package dev.phyllo.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DigestTest {
  private static final String EMPTY =
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  @Test
  void theDigestOfNothingIsTheOneEveryoneKnows() {
    assertEquals(EMPTY, Digest.sha256(new byte[0]).toString());
    assertEquals(Digest.sha256(new byte[0]), Digest.parse(EMPTY));
    assertEquals("e3b0c44298fc", Digest.parse(EMPTY).shortHex());
  }

  @Test
  void sha512IsKnownToo() {
    Digest d =
        Digest.of(
            Digest.Algorithm.SHA512,
            Digest.Algorithm.SHA512
                .newMessageDigest()
                .digest("abc".getBytes(StandardCharsets.UTF_8)));
    assertTrue(d.toString().startsWith("sha512:ddaf35a193617abacc417349ae204131"), d.toString());
    assertEquals(d, Digest.parse(d.toString()));
  }

  @Test
  void whatIsNotADigestIsRefusedBeforeItCanBeAFileName() {
    String hex = "a".repeat(64);
    List<String> bad =
        new ArrayList<>(
            List.of(
                "",
                ":",
                "sha256",
                "sha256:",
                hex,
                "sha256:../..",
                "sha256:" + "../".repeat(21) + "x",
                "sha256:" + "A".repeat(64),
                "SHA256:" + hex,
                "sha256:" + "a".repeat(63),
                "sha256:" + "a".repeat(65),
                "sha256:" + "a".repeat(128),
                "sha512:" + hex,
                "sha1:" + "a".repeat(40),
                "md5:" + "a".repeat(32),
                "sha256+b64:" + hex,
                " sha256:" + hex,
                "sha256:" + hex + "\n",
                "sha256:" + "a".repeat(63) + "\0",
                "sha256:" + "а".repeat(64))); // Cyrillic
    bad.add("x".repeat(1_000_000));
    for (String text : bad) {
      InvalidException e = assertThrows(InvalidException.class, () -> Digest.parse(text), text);
      assertTrue(e.getMessage().length() < 400, "short enough for one line");
      assertFalse(Digest.isValid(text), text);
    }
    assertThrows(
        InvalidException.class, () -> new Digest(Digest.Algorithm.SHA256, "../../etc/passwd"));
  }

  @Test
  void digestsSortByAlgorithmThenHex() {
    Digest a = new Digest(Digest.Algorithm.SHA256, "a".repeat(64));
    Digest b = new Digest(Digest.Algorithm.SHA256, "b".repeat(64));
    Digest c = new Digest(Digest.Algorithm.SHA512, "0".repeat(128));
    List<Digest> list = new ArrayList<>(List.of(c, b, a));
    list.sort(null);
    assertEquals(List.of(a, b, c), list);
  }
}

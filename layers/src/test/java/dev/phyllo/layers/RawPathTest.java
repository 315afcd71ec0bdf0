package dev.phyllo.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RawPathTest {
  private static RawPath p(String text) {
    return RawPath.of(text);
  }

  @ParameterizedTest
  @CsvSource({
    "a,'',a,a",
    "a/b,a,b,a/b",
    "./a//b/,./a,b,a/b",
    "/,'','',''",
    "./,'',.,''",
    "'','','',''",
    "/a,'',a,a",
    "a/./b/../c,a/./b/..,c,a/b/../c",
    "...,'',...,...",
    "..,'',..,.."
  })
  void partsAreTakenApart(String path, String parent, String name, String clean) {
    assertEquals(p(parent), p(path).parent());
    assertEquals(p(name), p(path).name());
    assertEquals(p(clean), p(path).clean());
    RawPath joined = RawPath.EMPTY;
    for (RawPath c : p(path).components()) {
      joined = joined.resolve(c);
    }
    assertEquals(p(clean), joined);
  }

  @Test
  void aCleanPathIsItsOwnCleanForm() {
    RawPath path = p("a/b/c");
    assertSame(path, path.clean());
    assertEquals(List.of(p("a"), p("b"), p("c")), path.components());
  }

  @Test
  void dotDotIsSeenOnlyAsAComponent() {
    assertTrue(p("..").hasDotDot());
    assertTrue(p("a/../b").hasDotDot());
    assertTrue(p("a/..").hasDotDot());
    assertFalse(p("a..").hasDotDot());
    assertFalse(p("...").hasDotDot());
    assertFalse(p("..a/b").hasDotDot());
  }

  @Test
  void aPrefixHasToEndAtASlash() {
    assertTrue(p("a/b").startsWith(p("a")));
    assertTrue(p("a").startsWith(p("a")));
    assertTrue(p("a").startsWith(RawPath.EMPTY));
    assertFalse(p("ab").startsWith(p("a")));
    assertFalse(p("a").startsWith(p("a/b")));
  }

  @Test
  void bytesThatAreNotUtf8AreShownAsHexAndOrderedUnsigned() {
    byte[] raw = {'a', (byte) 0xff, (byte) 0xc3, (byte) 0xa9, (byte) 0xe9};
    assertEquals("a\\xff\u00e9\\xe9", RawPath.of(raw).toString());
    assertTrue(RawPath.of(new byte[] {(byte) 0x80}).compareTo(p("z")) > 0);
    assertEquals(RawPath.of(raw), RawPath.of(raw));
    assertEquals(RawPath.of(raw).hashCode(), RawPath.of(raw.clone()).hashCode());
    assertNotEquals(RawPath.of(raw), p("a"));
  }

  @Test
  void nobodyCanChangeThePathThroughItsArrays() {
    byte[] raw = {'a', 'b'};
    RawPath path = RawPath.of(raw);
    raw[0] = 'x';
    path.bytes()[1] = 'x';
    assertArrayEquals(new byte[] {'a', 'b'}, path.bytes());
    byte[] copy = new byte[3];
    path.copyTo(1, 2, copy, 2);
    assertArrayEquals(new byte[] {0, 0, 'b'}, copy);
  }
}

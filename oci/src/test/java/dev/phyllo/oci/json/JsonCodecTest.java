package dev.phyllo.oci.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonCodecTest {
  private static Json parse(String text) {
    return JsonCodec.parse(text.getBytes(StandardCharsets.UTF_8), "doc");
  }

  private static InvalidException refused(String text) {
    InvalidException e = assertThrows(InvalidException.class, () -> parse(text), text);
    assertEquals("doc", e.thing());
    assertEquals(1, e.getMessage().lines().count());
    return e;
  }

  @Test
  void everyKindOfValueIsReadAndWrittenTheSame() {
    String text =
        "{\"a\":[1,-0,2.50,1e3,1E-7,12345678901234567890123],\"b\":{\"c\":null,\"d\":true},"
            + "\"\":\"x\\\"\\\\\\n\\u0001é☃😀<>&'\"}";
    assertEquals(text, new String(JsonCodec.toBytes(parse(text)), StandardCharsets.UTF_8));
    assertEquals(parse(text), JsonCodec.parse(JsonCodec.toBytes(parse(text)), "again"));
    assertEquals(parse(text), parse(JsonCodec.toPretty(parse(text))));
    assertEquals(Json.Null.NULL, parse("null"));
    assertEquals(new Json.Text(""), parse(" \"\" \n"));
  }

  @Test
  void membersKeepTheirOrder() {
    Json.Obj o = (Json.Obj) parse("{\"z\":1,\"a\":2,\"m\":3}");
    assertEquals(List.of("z", "a", "m"), List.copyOf(o.members().keySet()));
  }

  @Test
  void whatIsNotJsonIsRefused() {
    for (String text :
        List.of(
            "",
            " ",
            "{",
            "[1,2",
            "{\"a\":",
            "{\"a\"}",
            "{a:1}",
            "{'a':1}",
            "[1,]",
            "{\"a\":1,}",
            "[1 2]",
            "{\"a\" 1}",
            "{\"a\"=1}",
            "{\"a\":1;\"b\":2}",
            "[,1]",
            "// comment\n1",
            "/* comment */ 1",
            "# comment\n1",
            "TRUE",
            "True",
            "nul",
            "NaN",
            "Infinity",
            "-Infinity",
            "01",
            "-01",
            "+1",
            ".5",
            "1.",
            "-",
            "1e",
            "1e+",
            "0x10",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\'\"",
            "\"a\nb\"",
            "\"a\u0001b\"",
            "\"\\ \"",
            ")]}'\n{}",
            "{} {}",
            "{}x",
            "1 1",
            "]",
            "}",
            "\0",
            "{}\0")) {
      refused(text);
    }
  }

  @Test
  void aMemberThatOccursTwiceIsRefused() {
    assertTrue(refused("{\"a\":1,\"b\":2,\"a\":1}").why().contains("\"a\" occurs twice"));
    refused("{\"a\":null,\"a\":null}");
    refused("{\"x\":{\"a\":1,\"\\u0061\":2}}");
  }

  @Test
  void bytesThatAreNotUtf8AreRefused() {
    for (byte[] bytes :
        new byte[][] {
          {'"', (byte) 0xff, '"'},
          {'"', (byte) 0xc0, (byte) 0x80, '"'}, // overlong
          {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}, // a surrogate
          {'"', (byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'}, // beyond U+10FFFF
          {'"', (byte) 0xe2, (byte) 0x98, '"'}, // cut off
        }) {
      InvalidException e =
          assertThrows(InvalidException.class, () -> JsonCodec.parse(bytes, "doc"));
      assertTrue(e.why().contains("UTF-8"));
    }
    assertThrows(
        InvalidException.class,
        () -> JsonCodec.parse("{}".getBytes(StandardCharsets.UTF_16), "doc"));
  }

  @Test
  void aByteOrderMarkIsRefused() {
    refused("\uFEFF{}");
  }

  @Test
  void halfASurrogatePairIsRefusedInNamesAndValuesAndWhenWriting() {
    refused("\"\\ud800\"");
    refused("\"\\udc00\"");
    refused("\"\\ud800x\"");
    refused("\"\\udc00\\ud800\"");
    refused("{\"\\ud83d\":1}");
    assertEquals(new Json.Text("😀"), parse("\"\\ud83d\\ude00\""));
    String half = "😀".substring(0, 1);
    assertThrows(InvalidException.class, () -> JsonCodec.toBytes(new Json.Text(half)));
    assertThrows(
        InvalidException.class,
        () -> JsonCodec.toBytes(new Json.Obj(Map.of(half, Json.Null.NULL))));
  }

  @Test
  void nestingIsBounded() {
    int deepest = JsonCodec.MAX_DEPTH;
    parse("[".repeat(deepest) + "]".repeat(deepest));
    parse("{\"a\":".repeat(deepest) + "1" + "}".repeat(deepest));
    refused("[".repeat(deepest + 1) + "]".repeat(deepest + 1));
    refused("[".repeat(1_000_000));
    refused("{\"a\":".repeat(500_000));
    refused("[{\"a\":".repeat(deepest));
  }

  @Test
  void lengthIsBounded() {
    byte[] longest = new byte[JsonCodec.MAX_BYTES];
    java.util.Arrays.fill(longest, (byte) ' ');
    longest[0] = '1';
    assertEquals(new Json.Num(1), JsonCodec.parse(longest, "doc"));
    byte[] longer = java.util.Arrays.copyOf(longest, longest.length + 1);
    longer[longest.length] = ' ';
    InvalidException e = assertThrows(InvalidException.class, () -> JsonCodec.parse(longer, "doc"));
    assertTrue(e.why().contains(Integer.toString(JsonCodec.MAX_BYTES)));
    // Documents of our own may be longer.
    byte[] own = new byte[JsonCodec.MAX_BYTES + 2];
    java.util.Arrays.fill(own, (byte) ' ');
    own[0] = '{';
    own[own.length - 1] = '}';
    assertEquals(Json.Obj.EMPTY, JsonCodec.parseObject(own, "doc", own.length).value());
  }

  @Test
  void anAbsurdNumberIsKeptAsItIsAndCostsNothingUntilItIsASize() {
    for (String literal :
        List.of(
            "1e999999999",
            "-1e999999999",
            "1E+2147483648",
            "9".repeat(1000),
            "0." + "1".repeat(900))) {
      Json.Num n = (Json.Num) parse(literal);
      assertEquals(literal, n.literal());
      assertThrows(ArithmeticException.class, n::longValueExact);
      assertArrayEquals(literal.getBytes(StandardCharsets.UTF_8), JsonCodec.toBytes(n));
    }
    refused("9".repeat(1_000_000)); // longer than the reader's patience
  }

  @Test
  void aNumberIsALongOnlyIfWrittenAsOne() {
    assertEquals(Long.MAX_VALUE, new Json.Num("9223372036854775807").longValueExact());
    assertEquals(Long.MIN_VALUE, new Json.Num("-9223372036854775808").longValueExact());
    assertEquals(0, new Json.Num("-0").longValueExact());
    for (String literal : List.of("9223372036854775808", "1.5", "1.0", "1e3", "1E0")) {
      assertThrows(
          ArithmeticException.class, () -> new Json.Num(literal).longValueExact(), literal);
    }
  }

  @Test
  void aNumberThatWouldBreakTheDocumentCannotBeMade() {
    for (String bad :
        List.of(
            "", "-", "+1", "01", "1.", ".1", "1e", "1,2", "1}", "NaN", "٣", "1 ", "--1", "1e+")) {
      assertThrows(IllegalArgumentException.class, () -> new Json.Num(bad), bad);
    }
    assertEquals("1.5e-3", new Json.Num("1.5e-3").literal());
  }

  @Test
  void parsingNeverFailsOtherwiseThanByRefusing() {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("JsonCodecTest: replay with -Dphyllo.seed=" + seed);
    var random = new java.util.Random(seed);
    String[] pieces = {
      "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "-", "1e9", ".", "null", "true", "\\",
      "\"", " ", "\n", "é", "\u0000", "\\u00e9", "\uFEFF", "'", "#", "/*"
    };
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(10); n >= 0; n--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      try {
        Json value = parse(text.toString());
        assertEquals(value, JsonCodec.parse(JsonCodec.toBytes(value), "again"), text.toString());
      } catch (InvalidException e) {
        assertEquals("doc", e.thing(), text.toString());
      }
    }
  }
}

package dev.phyllo.oci.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class JsonObjectTest {
  private final JsonObject o =
      JsonCodec.parseObject(
          """
          {"s":"x","n":7,"f":1.5,"b":true,"o":{"k":"v"},"l":["a","b"],"lo":[{}],"z":null,
           "mixed":["a",1],"e":{}}
          """
              .getBytes(StandardCharsets.UTF_8),
          "doc");

  @Test
  void membersAreReadByType() {
    assertEquals(Optional.of("x"), o.string("s"));
    assertEquals(Optional.of(7L), o.number("n"));
    assertEquals(Optional.of(true), o.bool("b"));
    assertEquals(Map.of("k", "v"), o.stringMap("o"));
    assertEquals(List.of("a", "b"), o.strings("l"));
    assertEquals(1, o.objects("lo").size());
    assertEquals(List.of("k"), o.keys("o"));
    assertEquals("x", o.requireString("s"));
    assertEquals("new", o.named("new").thing());
  }

  @Test
  void aMemberThatIsNullCountsAsAbsentButMayBeRequiredToBeThere() {
    for (String name : List.of("z", "missing")) {
      assertFalse(o.has(name));
      assertEquals(Optional.empty(), o.string(name));
      assertEquals(Optional.empty(), o.number(name));
      assertEquals(Optional.empty(), o.bool(name));
      assertEquals(Optional.empty(), o.object(name));
      assertEquals(List.of(), o.strings(name));
      assertEquals(List.of(), o.objects(name));
      assertEquals(Map.of(), o.stringMap(name));
      assertEquals(List.of(), o.keys(name));
    }
    o.require("z");
    assertThrows(InvalidException.class, () -> o.require("missing"));
  }

  @Test
  void aMemberOfAnotherTypeIsAnErrorThatNamesIt() {
    Map<Executable, String> wrong =
        Map.of(
            () -> o.string("n"), "\"n\"",
            () -> o.number("s"), "\"s\"",
            () -> o.number("f"), "\"f\"",
            () -> o.bool("s"), "\"s\"",
            () -> o.object("l"), "\"l\"",
            () -> o.strings("mixed"), "\"mixed\"",
            () -> o.objects("l"), "\"l\"",
            () -> o.strings("o"), "\"o\"",
            () -> o.keys("l"), "\"l\"");
    wrong.forEach((call, name) -> {
      InvalidException e = assertThrows(InvalidException.class, call);
      assertEquals("doc", e.thing());
      assertTrue(e.why().contains(name), e.why());
    });
    assertThrows(InvalidException.class, () -> o.requireString("missing"));
    assertThrows(InvalidException.class, () -> o.requireNumber("z"));
    assertThrows(InvalidException.class, () -> o.requireObject("missing"));
  }

  @Test
  void whatIsUnknownIsKeptUnlessItCouldBeTakenForSomethingKnown() {
    Json.Obj rest = o.unknown(Set.of("s", "n", "f", "b", "o", "l", "lo", "z"));
    assertEquals(List.of("mixed", "e"), List.copyOf(rest.members().keySet()));
    InvalidException e = assertThrows(InvalidException.class, () -> o.unknown(Set.of("MIXED")));
    assertTrue(e.why().contains("\"mixed\"") && e.why().contains("\"MIXED\""), e.why());
  }

  @Test
  void onlyAnObjectIsAnObject() {
    for (String text : List.of("[]", "1", "\"x\"", "null")) {
      assertThrows(
          InvalidException.class,
          () -> JsonCodec.parseObject(text.getBytes(StandardCharsets.UTF_8), "doc"));
    }
  }
}

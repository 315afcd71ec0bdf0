package dev.phyllo.oci.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Held against gson's writer, whose text documents of this project had before. */
final class JsonTextTest {
  @Test
  void anyValueHasTheTextThatGsonGivesIt() throws IOException {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("JsonTextTest: replay with -Dphyllo.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      Json value = value(random, 4);
      for (String indent : List.of("", "  ")) {
        assertEquals(gson(value, indent), JsonText.of(value, indent));
      }
    }
  }

  @Test
  void everyCharacterOfTheBasicPlaneHasTheTextThatGsonGivesIt() throws IOException {
    for (int c = 0; c < 0x10000; c++) {
      Json value = new Json.Text("a" + (char) c);
      assertEquals(gson(value, ""), JsonText.of(value, ""));
    }
  }

  private static Json value(Random random, int depth) {
    return switch (random.nextInt(depth == 0 ? 4 : 6)) {
      case 0 -> new Json.Text(text(random));
      case 1 -> new Json.Num(random.nextLong());
      case 2 -> new Json.Bool(random.nextBoolean());
      case 3 -> Json.Null.NULL;
      case 4 -> {
        List<Json> items = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          items.add(value(random, depth - 1));
        }
        yield new Json.Array(items);
      }
      default -> {
        Map<String, Json> members = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          members.put(text(random), value(random, depth - 1));
        }
        yield new Json.Obj(members);
      }
    };
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append((char) (random.nextBoolean() ? random.nextInt(0x80) : random.nextInt(0x2100)));
    }
    return text.toString();
  }

  private static String gson(Json value, String indent) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonWriter out = new JsonWriter(text)) {
      out.setHtmlSafe(false);
      out.setIndent(indent);
      write(out, value);
    }
    return text.toString();
  }

  private static void write(JsonWriter out, Json value) throws IOException {
    switch (value) {
      case Json.Text t -> out.value(t.value());
      case Json.Num n -> out.jsonValue(n.literal());
      case Json.Bool b -> out.value(b.value());
      case Json.Null _ -> out.nullValue();
      case Json.Array a -> {
        out.beginArray();
        for (Json item : a.items()) {
          write(out, item);
        }
        out.endArray();
      }
      case Json.Obj o -> {
        out.beginObject();
        for (Map.Entry<String, Json> member : o.members().entrySet()) {
          out.name(member.getKey());
          write(out, member.getValue());
        }
        out.endObject();
      }
    }
  }
}

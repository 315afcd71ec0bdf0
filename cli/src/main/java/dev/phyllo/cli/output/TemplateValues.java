package dev.phyllo.cli.output;

import dev.phyllo.oci.json.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How Go's templates and fmt see a value: its truth, its text, its order. */
final class TemplateValues {
  private TemplateValues() {}

  /** Whether it is not empty: not false, 0, nil, or of length 0. */
  static boolean isTrue(Json value) {
    return switch (value) {
      case Json.Null _ -> false;
      case Json.Bool b -> b.value();
      case Json.Num n -> decimal(n).signum() != 0;
      case Json.Text t -> !t.value().isEmpty();
      case Json.Array a -> !a.items().isEmpty();
      case Json.Obj o -> !o.members().isEmpty();
    };
  }

  /** The text of a value that is printed by itself. */
  static String text(Json value) {
    return value instanceof Json.Null ? "<no value>" : formatted(value);
  }

  /** The text of {@code %v}: lists in brackets, maps sorted by key. */
  static String formatted(Json value) {
    return switch (value) {
      case Json.Text t -> t.value();
      case Json.Num n -> n.literal();
      case Json.Bool b -> b.value() ? "true" : "false";
      case Json.Null _ -> "<nil>";
      case Json.Array _, Json.Obj _ -> {
        StringBuilder out = new StringBuilder();
        append(value, out);
        yield out.toString();
      }
    };
  }

  private static void append(Json value, StringBuilder out) {
    switch (value) {
      case Json.Array a -> {
        out.append('[');
        String between = "";
        for (Json item : a.items()) {
          out.append(between);
          append(item, out);
          between = " ";
        }
        out.append(']');
      }
      case Json.Obj o -> {
        out.append("map[");
        String between = "";
        for (Map.Entry<String, Json> m : new TreeMap<>(o.members()).entrySet()) {
          out.append(between).append(m.getKey()).append(':');
          append(m.getValue(), out);
          between = " ";
        }
        out.append(']');
      }
      default -> out.append(formatted(value));
    }
  }

  /** What print and println write: println puts a space between all, print between non-strings. */
  static String join(List<Json> values, boolean always) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      boolean noText =
          i > 0
              && !(values.get(i) instanceof Json.Text)
              && !(values.get(i - 1) instanceof Json.Text);
      if (i > 0 && (always || noText)) {
        out.append(' ');
      }
      append(values.get(i), out);
    }
    return out.toString();
  }

  static BigDecimal decimal(Json.Num n) {
    return new BigDecimal(n.literal());
  }

  /** The name of the type in error messages. */
  static String typeName(Json value) {
    return switch (value) {
      case Json.Null _ -> "nil";
      case Json.Bool _ -> "bool";
      case Json.Num _ -> "number";
      case Json.Text _ -> "string";
      case Json.Array _ -> "list";
      case Json.Obj _ -> "map";
    };
  }
}

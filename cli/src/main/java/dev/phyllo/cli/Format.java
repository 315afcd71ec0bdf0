package dev.phyllo.cli;

import dev.phyllo.cli.output.GoTemplate;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code --format}: {@code json}, or a Go-style template, over the same rows that the table for
 * people shows.
 */
final class Format {
  private Format() {}

  /** Adds the option to a command's table. */
  static Syntax option(Syntax syntax) {
    return syntax.value(null, "format", "json|TEMPLATE", "Print as JSON, or by a Go template");
  }

  /** The same with docker's letter for it, which lists have for filters. */
  static Syntax optionOfInspect(Syntax syntax) {
    return syntax.value("f", "format", "json|TEMPLATE", "Print as JSON, or by a Go template");
  }

  /** Prints rows of a list; returns false if no format was asked for. */
  static boolean rows(Arguments arguments, List<Json.Obj> rows, Session session) {
    Optional<String> format = arguments.value("format");
    if (format.isEmpty() || format.get().equals("table")) {
      return false;
    }
    if (format.get().equals("json")) {
      // One object a line, as docker prints lists.
      for (Json.Obj row : rows) {
        session.println(compact(row));
      }
    } else {
      session.print(GoTemplate.parse(format.get()).renderAll(rows, Map.of()));
    }
    return true;
  }

  /** Prints what {@code inspect} found: an array, or each object through a template. */
  static void objects(Arguments arguments, List<Json.Obj> objects, Session session) {
    Optional<String> format = arguments.value("format");
    if (format.isEmpty() || format.get().equals("json")) {
      session.println(JsonCodec.toPretty(new Json.Array(List.copyOf(objects))));
    } else {
      session.print(GoTemplate.parse(format.get()).renderAll(objects, Map.of()));
    }
  }

  static String compact(Json value) {
    return new String(JsonCodec.toBytes(value), StandardCharsets.UTF_8);
  }
}

package dev.phyllo.cli.output;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The functions of a template: those of Go's text/template that make sense for data, and docker's
 * own (json, split, join, title, lower, upper, pad, truncate). {@code and} and {@code or} are the
 * interpreter's, which evaluates no more of their arguments than it must.
 */
final class TemplateFunctions {
  private TemplateFunctions() {}

  /** What is wrong with a call, without its place; the interpreter adds that. */
  static final class BadCall extends Exception {
    private static final long serialVersionUID = 1L;

    BadCall(String why) {
      super(why, null, false, false);
    }

    String why() {
      return String.valueOf(getMessage());
    }
  }

  static boolean exists(String name) {
    return switch (name) {
      case "and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge" -> true;
      case "index", "slice", "len", "print", "println", "printf" -> true;
      case "json", "split", "join", "title", "lower", "upper", "pad", "truncate" -> true;
      default -> false;
    };
  }

  static Json call(String name, List<Json> args) throws BadCall {
    return switch (name) {
      case "not" -> new Json.Bool(!TemplateValues.isTrue(only(args)));
      case "eq" -> new Json.Bool(equalsAny(args));
      case "ne" -> {
        count(args, 2);
        yield new Json.Bool(!equal(args.get(0), args.get(1)));
      }
      case "lt" -> new Json.Bool(compare(args) < 0);
      case "le" -> new Json.Bool(compare(args) <= 0);
      case "gt" -> new Json.Bool(compare(args) > 0);
      case "ge" -> new Json.Bool(compare(args) >= 0);
      case "index" -> index(args);
      case "slice" -> slice(args);
      case "len" -> new Json.Num(length(only(args)));
      case "print" -> new Json.Text(TemplateValues.join(args, false));
      case "println" -> new Json.Text(TemplateValues.join(args, true) + "\n");
      case "printf" -> {
        if (args.isEmpty()) {
          throw new BadCall("wants a format");
        }
        yield new Json.Text(GoPrintf.format(text(args, 0), args.subList(1, args.size())));
      }
      case "json" ->
          new Json.Text(new String(JsonCodec.toBytes(only(args)), StandardCharsets.UTF_8));
      case "split" -> {
        count(args, 2);
        yield split(text(args, 0), text(args, 1));
      }
      case "join" -> {
        count(args, 2);
        yield join(args.get(0), text(args, 1));
      }
      case "title" -> new Json.Text(title(textOnly(args)));
      case "lower" -> new Json.Text(textOnly(args).toLowerCase(Locale.ROOT));
      case "upper" -> new Json.Text(textOnly(args).toUpperCase(Locale.ROOT));
      case "pad" -> {
        count(args, 3);
        String s = text(args, 0);
        // Docker leaves an empty string empty: there is nothing to keep a distance from.
        yield new Json.Text(
            s.isEmpty() ? s : " ".repeat(whole(args, 1)) + s + " ".repeat(whole(args, 2)));
      }
      case "truncate" -> {
        count(args, 2);
        String s = text(args, 0);
        int length = whole(args, 1);
        yield new Json.Text(
            s.codePointCount(0, s.length()) <= length
                ? s
                : s.substring(0, s.offsetByCodePoints(0, length)));
      }
      default -> throw new BadCall("is not defined");
    };
  }

  private static boolean equalsAny(List<Json> args) throws BadCall {
    if (args.size() < 2) {
      throw new BadCall("wants at least 2 arguments and has " + args.size());
    }
    for (Json other : args.subList(1, args.size())) {
      if (equal(args.getFirst(), other)) {
        return true;
      }
    }
    return false;
  }

  private static boolean equal(Json a, Json b) throws BadCall {
    if (a instanceof Json.Num x && b instanceof Json.Num y) {
      return TemplateValues.decimal(x).compareTo(TemplateValues.decimal(y)) == 0;
    }
    if (a instanceof Json.Null || b instanceof Json.Null) {
      return a.equals(b);
    }
    if (a.getClass() != b.getClass()) {
      throw new BadCall(
          "compares a "
              + TemplateValues.typeName(a)
              + " with a "
              + TemplateValues.typeName(b)
              + ", which are incompatible");
    }
    if (a instanceof Json.Array || a instanceof Json.Obj) {
      throw new BadCall("cannot compare a " + TemplateValues.typeName(a));
    }
    return a.equals(b);
  }

  private static int compare(List<Json> args) throws BadCall {
    count(args, 2);
    Json a = args.get(0);
    Json b = args.get(1);
    if (a instanceof Json.Num x && b instanceof Json.Num y) {
      return TemplateValues.decimal(x).compareTo(TemplateValues.decimal(y));
    }
    if (a instanceof Json.Text x && b instanceof Json.Text y) {
      return x.value().compareTo(y.value());
    }
    throw new BadCall(
        "cannot order a " + TemplateValues.typeName(a) + " and a " + TemplateValues.typeName(b));
  }

  private static Json index(List<Json> args) throws BadCall {
    if (args.isEmpty()) {
      throw new BadCall("wants something to index");
    }
    Json value = args.getFirst();
    for (int i = 1; i < args.size(); i++) {
      value = indexOnce(value, args, i);
    }
    return value;
  }

  private static Json indexOnce(Json value, List<Json> args, int i) throws BadCall {
    return switch (value) {
      case Json.Array a -> {
        int at = whole(args, i);
        if (at >= a.items().size()) {
          throw new BadCall(
              "wants an element that is there, not number " + at + " of " + a.items().size());
        }
        yield a.items().get(at);
      }
      case Json.Obj o -> {
        Json found = o.members().get(text(args, i));
        yield found != null ? found : absent(o);
      }
      // A label asked for where there are no labels at all: the same answer as for a missing label.
      case Json.Null _ when args.get(i) instanceof Json.Text -> new Json.Text("");
      default -> throw new BadCall("cannot index a " + TemplateValues.typeName(value));
    };
  }

  /**
   * In docker's typed data labels and options are maps of strings, whose missing elements are empty
   * strings; scripts test for that.
   */
  private static Json absent(Json.Obj map) {
    for (Json value : map.members().values()) {
      if (!(value instanceof Json.Text)) {
        return Json.Null.NULL;
      }
    }
    return new Json.Text("");
  }

  private static Json slice(List<Json> args) throws BadCall {
    if (args.isEmpty() || args.size() > 3) {
      throw new BadCall("wants a value and at most 2 indexes");
    }
    Json value = args.getFirst();
    long length = length(value);
    int from = args.size() > 1 ? whole(args, 1) : 0;
    int to = args.size() > 2 ? whole(args, 2) : (int) length;
    if (from > to || to > length) {
      throw new BadCall("range " + from + ":" + to + " is out of range, there are " + length);
    }
    return switch (value) {
      case Json.Array a -> new Json.Array(a.items().subList(from, to));
      case Json.Text t -> {
        byte[] bytes = t.value().getBytes(StandardCharsets.UTF_8);
        yield new Json.Text(new String(bytes, from, to - from, StandardCharsets.UTF_8));
      }
      default -> throw new BadCall("cannot slice a " + TemplateValues.typeName(value));
    };
  }

  /** Strings by bytes, as Go counts. */
  private static long length(Json value) throws BadCall {
    return switch (value) {
      case Json.Array a -> a.items().size();
      case Json.Obj o -> o.members().size();
      case Json.Text t -> t.value().getBytes(StandardCharsets.UTF_8).length;
      default -> throw new BadCall("a " + TemplateValues.typeName(value) + " has no length");
    };
  }

  private static Json split(String text, String separator) {
    List<Json> parts = new ArrayList<>();
    if (separator.isEmpty()) {
      text.codePoints().forEach(c -> parts.add(new Json.Text(Character.toString(c))));
      return new Json.Array(parts);
    }
    int from = 0;
    for (int to; (to = text.indexOf(separator, from)) >= 0; from = to + separator.length()) {
      parts.add(new Json.Text(text.substring(from, to)));
    }
    parts.add(new Json.Text(text.substring(from)));
    return new Json.Array(parts);
  }

  private static Json join(Json list, String separator) throws BadCall {
    if (list instanceof Json.Null) {
      return new Json.Text("");
    }
    if (!(list instanceof Json.Array array)) {
      throw new BadCall("cannot join a " + TemplateValues.typeName(list));
    }
    StringBuilder out = new StringBuilder();
    String between = "";
    for (Json item : array.items()) {
      out.append(between).append(TemplateValues.formatted(item));
      between = separator;
    }
    return new Json.Text(out.toString());
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean start = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(start ? Character.toTitleCase(c) : c);
      start = !Character.isLetterOrDigit(c) && c != '_' && c != '\'';
    }
    return out.toString();
  }

  private static Json only(List<Json> args) throws BadCall {
    count(args, 1);
    return args.getFirst();
  }

  private static String textOnly(List<Json> args) throws BadCall {
    count(args, 1);
    return text(args, 0);
  }

  private static void count(List<Json> args, int wanted) throws BadCall {
    if (args.size() != wanted) {
      throw new BadCall(
          "wants "
              + wanted
              + (wanted == 1 ? " argument" : " arguments")
              + " and has "
              + args.size());
    }
  }

  private static String text(List<Json> args, int i) throws BadCall {
    return switch (args.get(i)) {
      case Json.Text t -> t.value();
      case Json.Null _ -> "";
      default ->
          throw new BadCall(
              "wants a string as argument "
                  + (i + 1)
                  + " and has a "
                  + TemplateValues.typeName(args.get(i)));
    };
  }

  private static int whole(List<Json> args, int i) throws BadCall {
    if (args.get(i) instanceof Json.Num n) {
      try {
        int value = Math.toIntExact(n.longValueExact());
        if (value >= 0 && value <= 1 << 20) {
          return value;
        }
      } catch (ArithmeticException _) {
        // Said below.
      }
    }
    throw new BadCall(
        "wants a small whole number as argument "
            + (i + 1)
            + " and has "
            + TemplateValues.formatted(args.get(i)));
  }
}

package dev.phyllo.oci.json;

import java.util.Map;

/**
 * Writes {@link Json} as text. By hand, because every start of a container writes records: a
 * library's writer brings regular expressions and a formatter along, which cost more than all the
 * writing.
 */
final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private final StringBuilder text = new StringBuilder();
  private final String indent;

  private JsonText(String indent) {
    this.indent = indent;
  }

  /**
   * The text of a value.
   *
   * @param indent what each level is indented by, one member or item a line; empty for the compact
   *     form
   */
  static String of(Json value, String indent) {
    JsonText writer = new JsonText(indent);
    writer.value(value, 0);
    return writer.text.toString();
  }

  /**
   * By instanceof: the first use of a pattern switch makes classes, which every start would pay.
   */
  private void value(Json value, int depth) {
    if (value instanceof Json.Text t) {
      string(t.value());
    } else if (value instanceof Json.Num n) {
      text.append(n.literal());
    } else if (value instanceof Json.Bool b) {
      text.append(b.value());
    } else if (value instanceof Json.Obj o) {
      object(o, depth);
    } else if (value instanceof Json.Array a) {
      array(a, depth);
    } else {
      text.append("null");
    }
  }

  private void object(Json.Obj object, int depth) {
    text.append('{');
    boolean first = true;
    for (Map.Entry<String, Json> member : object.members().entrySet()) {
      next(first, depth + 1);
      first = false;
      string(member.getKey());
      text.append(indent.isEmpty() ? ":" : ": ");
      value(member.getValue(), depth + 1);
    }
    close(first, '}', depth);
  }

  private void array(Json.Array array, int depth) {
    text.append('[');
    boolean first = true;
    for (Json item : array.items()) {
      next(first, depth + 1);
      first = false;
      value(item, depth + 1);
    }
    close(first, ']', depth);
  }

  private void next(boolean first, int depth) {
    if (!first) {
      text.append(',');
    }
    line(depth);
  }

  private void close(boolean empty, char bracket, int depth) {
    if (!empty) {
      line(depth);
    }
    text.append(bracket);
  }

  private void line(int depth) {
    if (!indent.isEmpty()) {
      text.append('\n');
      for (int i = 0; i < depth; i++) {
        text.append(indent);
      }
    }
  }

  /**
   * RFC 8259, section 7; U+2028 and U+2029 are escaped too, because in JavaScript they end a line.
   */
  private void string(String value) {
    text.append('"');
    int done = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && c != '\u2028' && c != '\u2029') {
        continue;
      }
      text.append(value, done, i);
      done = i + 1;
      escape(c);
    }
    text.append(value, done, value.length()).append('"');
  }

  private void escape(char c) {
    text.append('\\');
    switch (c) {
      case '"', '\\' -> text.append(c);
      case '\n' -> text.append('n');
      case '\t' -> text.append('t');
      case '\r' -> text.append('r');
      case '\b' -> text.append('b');
      case '\f' -> text.append('f');
      default -> {
        text.append('u');
        for (int shift = 12; shift >= 0; shift -= 4) {
          text.append(HEX.charAt(c >> shift & 0xf));
        }
      }
    }
  }
}

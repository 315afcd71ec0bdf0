package dev.phyllo.oci.json;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.phyllo.oci.InvalidException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads and writes {@link Json}, with bounds: documents come from archives and registries.
 *
 * <p>Stricter than RFC 8259 where leniency would let two readers see two images in the same bytes:
 * a member that occurs twice is an error, and so is text that is not UTF-8.
 */
public final class JsonCodec {
  /** The largest document that is read, in bytes; registries limit manifests to the same 4 MiB. */
  public static final int MAX_BYTES = 4 << 20;

  /** How deep arrays and objects may be nested. */
  public static final int MAX_DEPTH = 64;

  private JsonCodec() {}

  /**
   * Reads one document.
   *
   * @param bytes the whole document
   * @param thing what the document is, for error messages
   * @throws InvalidException if it is not JSON, too long, nested too deeply, or ambiguous
   */
  public static Json parse(byte[] bytes, String thing) {
    return parse(bytes, thing, MAX_BYTES);
  }

  private static Json parse(byte[] bytes, String thing, int maxBytes) {
    if (bytes.length > maxBytes) {
      throw new InvalidException(
          thing, "JSON of " + bytes.length + " bytes is over the limit of " + maxBytes, "");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidException(thing, "JSON is not valid UTF-8", "", e);
    }
    if (text.startsWith("\uFEFF")) {
      throw new InvalidException(thing, "JSON begins with a byte order mark", ""); // RFC 8259, 8.1
    }
    JsonReader in = new JsonReader(new StringReader(text));
    in.setStrictness(Strictness.STRICT);
    in.setNestingLimit(MAX_DEPTH);
    try {
      Json value = read(in, thing);
      if (in.peek() != JsonToken.END_DOCUMENT) {
        throw new InvalidException(thing, "more than one JSON value", "");
      }
      return value;
    } catch (EOFException e) {
      throw new InvalidException(thing, "JSON ends too early", "", e);
    } catch (MalformedJsonException | IllegalArgumentException | IllegalStateException e) {
      throw new InvalidException(thing, "not valid JSON: " + firstLine(e), "", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringReader does not fail
    }
  }

  /**
   * Reads one document that must be an object.
   *
   * @throws InvalidException as {@link #parse} does, or if it is something else
   */
  public static JsonObject parseObject(byte[] bytes, String thing) {
    return parseObject(bytes, thing, MAX_BYTES);
  }

  /**
   * The same with another limit, for documents of our own that may grow longer.
   *
   * @param maxBytes the largest document that is read, instead of {@link #MAX_BYTES}
   */
  public static JsonObject parseObject(byte[] bytes, String thing, int maxBytes) {
    if (parse(bytes, thing, maxBytes) instanceof Json.Obj o) {
      return new JsonObject(o, thing);
    }
    throw new InvalidException(thing, "not a JSON object", "");
  }

  /**
   * The compact form, members in order, without a newline at the end.
   *
   * @throws InvalidException if a string in it is not Unicode text
   */
  public static byte[] toBytes(Json value) {
    String text = JsonText.of(value, "");
    checked(text, "JSON");
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The form for people, indented by two spaces. */
  public static String toPretty(Json value) {
    return JsonText.of(value, "  ");
  }

  private static Json read(JsonReader in, String thing) throws IOException {
    return switch (in.peek()) {
      case BEGIN_OBJECT -> {
        Map<String, Json> members = new LinkedHashMap<>();
        in.beginObject();
        while (in.hasNext()) {
          String name = checked(in.nextName(), thing);
          if (members.put(name, read(in, thing)) != null) {
            throw new InvalidException(thing, "JSON member \"" + name + "\" occurs twice", "");
          }
        }
        in.endObject();
        yield new Json.Obj(members);
      }
      case BEGIN_ARRAY -> {
        List<Json> items = new ArrayList<>();
        in.beginArray();
        while (in.hasNext()) {
          items.add(read(in, thing));
        }
        in.endArray();
        yield new Json.Array(items);
      }
      case STRING -> new Json.Text(checked(in.nextString(), thing));
      case NUMBER -> new Json.Num(in.nextString());
      case BOOLEAN -> new Json.Bool(in.nextBoolean());
      case NULL -> {
        in.nextNull();
        yield Json.Null.NULL;
      }
      case END_OBJECT, END_ARRAY, END_DOCUMENT, NAME ->
          throw new InvalidException(thing, "not valid JSON", "");
    };
  }

  /**
   * Half a surrogate pair, which an escape of U+D800 can smuggle in, has no UTF-8 form: it would be
   * written as something else than was read, and each reader replaces it differently.
   */
  private static String checked(String text, String thing) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (i + 1 == text.length()
            || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
          throw new InvalidException(thing, "a string has half a surrogate pair", "");
        }
        i++;
      }
    }
    return text;
  }

  private static String firstLine(Exception e) {
    String m = String.valueOf(e.getMessage());
    int end = m.indexOf('\n');
    return end < 0 ? m : m.substring(0, end);
  }
}

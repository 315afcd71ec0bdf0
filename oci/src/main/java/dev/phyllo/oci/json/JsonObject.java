package dev.phyllo.oci.json;

import dev.phyllo.oci.InvalidException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object being read: typed access to its members, with errors that name the document.
 *
 * <p>Every start of the program reads records: the members' types are told apart by instanceof
 * rather than by a pattern switch, whose first use makes classes at run time.
 *
 * <p>A member that is {@code null} counts as absent, as Go's decoder, which wrote most of the
 * documents we read, treats it.
 *
 * @param value the object
 * @param thing what the document is, for error messages
 */
public record JsonObject(Json.Obj value, String thing) {

  /** The member as a string, if present. */
  public Optional<String> string(String name) {
    Json member = member(name);
    if (member instanceof Json.Null) {
      return Optional.empty();
    }
    if (member instanceof Json.Text t) {
      return Optional.of(t.value());
    }
    throw wrong(name, "a string");
  }

  /** The member as a string, which must be present. */
  public String requireString(String name) {
    Optional<String> value = string(name);
    if (value.isEmpty()) {
      throw missing(name);
    }
    return value.get();
  }

  /** The member as a whole number, if present. */
  public Optional<Long> number(String name) {
    Json member = member(name);
    if (member instanceof Json.Null) {
      return Optional.empty();
    }
    if (!(member instanceof Json.Num n)) {
      throw wrong(name, "a number");
    }
    try {
      return Optional.of(n.longValueExact());
    } catch (ArithmeticException e) {
      throw new InvalidException(
          thing, "\"" + name + "\" is not a whole number of 64 bits: " + clip(n.literal()), "", e);
    }
  }

  /** The member as a whole number, which must be present. */
  public long requireNumber(String name) {
    Optional<Long> value = number(name);
    if (value.isEmpty()) {
      throw missing(name);
    }
    return value.get();
  }

  /** The member as a boolean, if present. */
  public Optional<Boolean> bool(String name) {
    Json member = member(name);
    if (member instanceof Json.Null) {
      return Optional.empty();
    }
    if (member instanceof Json.Bool b) {
      return Optional.of(b.value());
    }
    throw wrong(name, "true or false");
  }

  /** The member as an object, if present. */
  public Optional<JsonObject> object(String name) {
    Json member = member(name);
    if (member instanceof Json.Null) {
      return Optional.empty();
    }
    if (member instanceof Json.Obj o) {
      return Optional.of(new JsonObject(o, thing));
    }
    throw wrong(name, "an object");
  }

  /** The member as an object, which must be present. */
  public JsonObject requireObject(String name) {
    Optional<JsonObject> value = object(name);
    if (value.isEmpty()) {
      throw missing(name);
    }
    return value.get();
  }

  /** The member as a list of objects; empty if absent. */
  public List<JsonObject> objects(String name) {
    List<JsonObject> list = new ArrayList<>();
    for (Json item : items(name)) {
      if (!(item instanceof Json.Obj o)) {
        throw wrong(name, "an array of objects");
      }
      list.add(new JsonObject(o, thing));
    }
    return list;
  }

  /** The member as a list of strings; empty if absent. */
  public List<String> strings(String name) {
    List<String> list = new ArrayList<>();
    for (Json item : items(name)) {
      if (!(item instanceof Json.Text t)) {
        throw wrong(name, "an array of strings");
      }
      list.add(t.value());
    }
    return List.copyOf(list);
  }

  /** The member as a map of strings in the document's order; empty if absent. */
  public Map<String, String> stringMap(String name) {
    Optional<JsonObject> object = object(name);
    if (object.isEmpty()) {
      return Map.of();
    }
    Map<String, String> map = new LinkedHashMap<>();
    for (Map.Entry<String, Json> member : object.get().value().members().entrySet()) {
      if (!(member.getValue() instanceof Json.Text t)) {
        throw wrong(name, "an object of strings");
      }
      map.put(member.getKey(), t.value());
    }
    return Collections.unmodifiableMap(map);
  }

  /** The names of the member's own members, for JSON's way to write a set; empty if absent. */
  public List<String> keys(String name) {
    Optional<JsonObject> object = object(name);
    return object.isPresent() ? List.copyOf(object.get().value().members().keySet()) : List.of();
  }

  /**
   * Checks that the member is there, be it {@code null}: Go writes a list without items that way.
   *
   * @throws InvalidException if it is missing
   */
  public void require(String name) {
    if (!value.members().containsKey(name)) {
      throw missing(name);
    }
  }

  /** Whether the member is present and not {@code null}. */
  public boolean has(String name) {
    return !(member(name) instanceof Json.Null);
  }

  /**
   * The members whose names are not among those known: what a record keeps without understanding.
   *
   * @throws InvalidException if one is spelt like a known one but for upper and lower case: Go's
   *     decoder would take it for that one, so that two readers would see two images in the same
   *     bytes
   */
  public Json.Obj unknown(Set<String> known) {
    Map<String, Json> rest = new LinkedHashMap<>();
    for (Map.Entry<String, Json> member : value.members().entrySet()) {
      String name = member.getKey();
      if (!known.contains(name)) {
        for (String k : known) {
          if (k.equalsIgnoreCase(name)) {
            throw new InvalidException(
                thing, "member \"" + name + "\" could be taken for \"" + k + "\"", "");
          }
        }
        rest.put(name, member.getValue());
      }
    }
    return rest.isEmpty() ? Json.Obj.EMPTY : new Json.Obj(rest);
  }

  /** The same object, named more exactly for errors. */
  public JsonObject named(String newThing) {
    return new JsonObject(value, newThing);
  }

  private Json member(String name) {
    Json member = value.members().get(name);
    return member == null ? Json.Null.NULL : member;
  }

  private List<Json> items(String name) {
    Json member = member(name);
    if (member instanceof Json.Null) {
      return List.of();
    }
    if (member instanceof Json.Array a) {
      return a.items();
    }
    throw wrong(name, "an array");
  }

  private InvalidException missing(String name) {
    return new InvalidException(thing, "\"" + name + "\" is missing", "");
  }

  private InvalidException wrong(String name, String expected) {
    return new InvalidException(thing, "\"" + name + "\" is not " + expected, "");
  }

  private static String clip(String s) {
    return s.length() <= 40 ? s : s.substring(0, 40) + "…";
  }
}

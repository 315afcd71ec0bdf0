package dev.phyllo.oci.json;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Builds a JSON object member by member; what is empty is left out, as the specification's own
 * documents leave out what is empty.
 */
public final class JsonBuilder {
  private final Map<String, Json> members = new LinkedHashMap<>();

  /** An object without members yet. */
  public JsonBuilder() {}

  /** Adds a member, whatever its value. */
  public JsonBuilder put(String name, Json value) {
    members.put(name, value);
    return this;
  }

  /** Adds a string. */
  public JsonBuilder put(String name, String value) {
    return put(name, new Json.Text(value));
  }

  /** Adds a number. */
  public JsonBuilder put(String name, long value) {
    return put(name, new Json.Num(value));
  }

  /** Adds a boolean. */
  public JsonBuilder put(String name, boolean value) {
    return put(name, new Json.Bool(value));
  }

  /** Adds the string if there is one that is not empty. */
  public JsonBuilder putIfPresent(String name, Optional<String> value) {
    return value.isPresent() && !value.get().isEmpty() ? put(name, value.get()) : this;
  }

  /** Adds the strings as an array unless there are none. */
  public JsonBuilder putStrings(String name, Collection<String> values) {
    if (!values.isEmpty()) {
      put(name, array(values));
    }
    return this;
  }

  /** Adds the map as an object unless it is empty. */
  public JsonBuilder putStringMap(String name, Map<String, String> map) {
    if (!map.isEmpty()) {
      Map<String, Json> texts = new LinkedHashMap<>();
      for (Map.Entry<String, String> e : map.entrySet()) {
        texts.put(e.getKey(), new Json.Text(e.getValue()));
      }
      put(name, new Json.Obj(texts));
    }
    return this;
  }

  /** Adds an object with these names and empty objects as values, unless there are none. */
  public JsonBuilder putKeys(String name, Collection<String> keys) {
    if (!keys.isEmpty()) {
      Map<String, Json> set = new LinkedHashMap<>();
      for (String key : keys) {
        set.put(key, Json.Obj.EMPTY);
      }
      put(name, new Json.Obj(set));
    }
    return this;
  }

  /** Adds every member of the object that has not been added yet. */
  public JsonBuilder putAll(Json.Obj extra) {
    for (Map.Entry<String, Json> e : extra.members().entrySet()) {
      members.putIfAbsent(e.getKey(), e.getValue());
    }
    return this;
  }

  /** The object so far. */
  public Json.Obj build() {
    return new Json.Obj(members);
  }

  /** An array of strings. */
  public static Json.Array array(Collection<String> values) {
    List<Json> items = new ArrayList<>(values.size());
    for (String value : values) {
      items.add(new Json.Text(value));
    }
    return new Json.Array(items);
  }
}

package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The flags of an instruction, held against those it has. */
final class Flags {
  /** What follows a flag's name. */
  enum Kind {
    /** A value. */
    TEXT,
    /** Nothing, or true or false. */
    BOOLEAN,
    /** A value, and the flag may be there several times. */
    LIST
  }

  /**
   * A flag's value.
   *
   * @param text the value; for BOOLEAN {@code true} or {@code false}
   * @param location where the flag stands
   */
  record Value(String text, Location location) {}

  private final Map<String, List<Value>> values = new LinkedHashMap<>();

  private Flags() {}

  /** For an instruction that has no flags. */
  static void none(Node node) {
    of(node, Map.of());
  }

  /**
   * Reads the flags of a node.
   *
   * @throws dev.phyllo.oci.InvalidException if one is unknown, doubled, or lacks its value
   */
  static Flags of(Node node, Map<String, Kind> known) {
    Flags flags = new Flags();
    for (Node.Flag flag : node.flags()) {
      flags.read(node, flag, known);
    }
    return flags;
  }

  private void read(Node node, Node.Flag flag, Map<String, Kind> known) {
    Location location = node.line().at(flag.at());
    int equals = flag.text().indexOf('=');
    String name = equals < 0 ? flag.text() : flag.text().substring(0, equals);
    String key = name.substring(Math.min(2, name.length()));
    Kind kind = known.get(key);
    String keyword = node.origin().keyword().toUpperCase(Locale.ROOT);
    if (kind == null) {
      throw At.invalid(
          location,
          keyword + " has no flag " + Chars.quoted(name),
          known.isEmpty()
              ? "put -- before what is not a flag"
              : Suggestion.of(name, known.keySet().stream().sorted().map(k -> "--" + k).toList()));
    }
    List<Value> before = values.computeIfAbsent(key, _ -> new ArrayList<>());
    if (!before.isEmpty() && kind != Kind.LIST) {
      throw At.invalid(location, "--" + key + " is there twice", "leave one out");
    }
    String value = equals < 0 ? "" : flag.text().substring(equals + 1);
    if (equals < 0 ? kind != Kind.BOOLEAN : kind == Kind.BOOLEAN && value.isEmpty()) {
      throw At.invalid(location, "--" + key + " has no value", "write --" + key + "=value");
    }
    if (kind == Kind.BOOLEAN) {
      value = value.isEmpty() ? "true" : value.toLowerCase(Locale.ROOT);
      if (!value.equals("true") && !value.equals("false")) {
        throw At.invalid(
            location, "--" + key + " is neither true nor false", "write --" + key + " alone");
      }
    }
    before.add(new Value(value, location));
  }

  /** The value of a flag; an empty one is as if it were not there. */
  Optional<String> text(String key) {
    return value(key).map(Value::text).filter(text -> !text.isEmpty());
  }

  Optional<Value> value(String key) {
    return list(key).stream().findFirst();
  }

  Optional<Boolean> bool(String key) {
    return value(key).map(value -> value.text().equals("true"));
  }

  List<Value> list(String key) {
    return values.getOrDefault(key, List.of());
  }

  List<String> texts(String key) {
    return list(key).stream().map(Value::text).toList();
  }
}

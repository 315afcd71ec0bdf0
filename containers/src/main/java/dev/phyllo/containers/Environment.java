package dev.phyllo.containers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a container's process, merged in docker's order: the engine's defaults, then
 * the image's, then the caller's; a later value of a name replaces the earlier one in its place.
 */
final class Environment {
  /** The search path where an image names none; docker's value. */
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final Map<String, String> values = new LinkedHashMap<>();

  Environment put(String name, String value) {
    values.put(name, value);
    return this;
  }

  Environment putIfAbsent(String name, String value) {
    values.putIfAbsent(name, value);
    return this;
  }

  /** Adds {@code NAME=value} texts; one without {@code =} sets nothing. */
  Environment putAll(List<String> assignments) {
    for (String a : assignments) {
      int equals = a.indexOf('=');
      if (equals >= 0) {
        values.put(a.substring(0, equals), a.substring(equals + 1));
      }
    }
    return this;
  }

  /** The value of a name, or null. */
  @Nullable String get(String name) {
    return values.get(name);
  }

  List<String> toList() {
    List<String> list = new ArrayList<>(values.size());
    for (Map.Entry<String, String> entry : values.entrySet()) {
      list.add(entry.getKey() + "=" + entry.getValue());
    }
    return list;
  }
}

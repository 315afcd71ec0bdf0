package dev.phyllo.build.containerfile;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives variables their values. */
@FunctionalInterface
public interface Variables {
  /** No variable is set. */
  Variables NONE = _ -> null;

  /** The value of {@code name}, null if it is not set; an empty value is set. */
  @Nullable String value(String name);

  /** Those of a map, which is asked each time. */
  static Variables of(Map<String, String> values) {
    return values::get;
  }
}

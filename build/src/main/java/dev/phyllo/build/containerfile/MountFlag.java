package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@code --mount} as it is written: {@code type=cache,target=/root/.cache,ro}.
 *
 * @param fields its fields in order; keys in lower case
 */
public record MountFlag(List<Field> fields) {
  /**
   * One field.
   *
   * @param key its name
   * @param value its value, empty for one without {@code =}, such as {@code ro}
   */
  public record Field(String key, Optional<String> value) {}

  /** Keeps a copy. */
  public MountFlag {
    fields = List.copyOf(fields);
  }

  /** The last value of {@code key}. */
  public Optional<String> value(String key) {
    Optional<String> value = Optional.empty();
    for (Field field : fields) {
      if (field.key().equals(key) && field.value().isPresent()) {
        value = field.value();
      }
    }
    return value;
  }

  /** The stage, image or named context it is taken from; never has a variable. */
  public Optional<String> from() {
    return value("from").filter(from -> !from.isEmpty());
  }

  MountFlag expand(Origin origin, Expansion expansion) {
    List<Field> expanded = new ArrayList<>();
    for (Field field : fields) {
      expanded.add(new Field(field.key(), expansion.optional(origin, field.value())));
    }
    return new MountFlag(expanded);
  }
}

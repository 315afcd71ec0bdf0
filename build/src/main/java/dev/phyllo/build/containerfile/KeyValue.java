package dev.phyllo.build.containerfile;

/**
 * A pair of ENV or LABEL.
 *
 * @param key the name; may have variables, never blank
 * @param value the value, with its quotes and escapes until it is expanded
 * @param legacy whether it was written {@code key value}, which takes all of the line
 */
public record KeyValue(String key, String value, boolean legacy) {
  /** {@code key=value}. */
  @Override
  public String toString() {
    return key + "=" + value;
  }

  KeyValue expand(Origin origin, Expansion expansion) {
    return new KeyValue(expansion.word(origin, key), expansion.word(origin, value), legacy);
  }
}

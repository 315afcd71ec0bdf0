package dev.phyllo.containers;

import dev.phyllo.oci.UsageException;

/** What a container sees of the network. */
public enum Network {
  /** A network namespace of its own with nothing but loopback. */
  NONE("none"),
  /** The engine's own network namespace. */
  HOST("host");

  private final String word;

  Network(String word) {
    this.word = word;
  }

  /** The word of {@code --network}. */
  public String word() {
    return word;
  }

  /**
   * Reads the word of {@code --network}.
   *
   * @throws UsageException for any other word
   */
  public static Network parse(String text) {
    for (Network n : values()) {
      if (n.word.equals(text)) {
        return n;
      }
    }
    throw new UsageException("--network " + text, "no such network", "use none or host");
  }
}

package dev.phyllo.containers;

/** What a container sees of the network. */
public enum Network {
  /** A network namespace of its own with nothing but loopback. */
  NONE("none"),
  /** The engine's own network namespace. */
  HOST("host"),
  /** That of another container. */
  CONTAINER("container"),
  /** A network namespace of its own, connected to networks of the engine. */
  CONNECTED("connected");

  private final String word;

  Network(String word) {
    this.word = word;
  }

  /** The word that records have. */
  public String word() {
    return word;
  }

  static Network fromWord(String text, String thing) {
    for (Network n : values()) {
      if (n.word.equals(text)) {
        return n;
      }
    }
    throw new dev.phyllo.oci.CorruptException(thing, "no such network mode \"" + text + "\"", "");
  }
}

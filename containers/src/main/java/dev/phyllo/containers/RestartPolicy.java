package dev.phyllo.containers;

import dev.phyllo.oci.UsageException;

/**
 * Whether a container is started again when its process ends by itself; docker's words.
 *
 * @param kind when
 * @param retries how often at most for {@link Kind#ON_FAILURE}; 0 for any number
 */
public record RestartPolicy(Kind kind, int retries) {
  /** It stays as it is. */
  public static final RestartPolicy NO = new RestartPolicy(Kind.NO, 0);

  /** When a container is started again. */
  public enum Kind {
    /** Never. */
    NO("no"),
    /** When it ended with another status than 0. */
    ON_FAILURE("on-failure"),
    /** Whenever it ended and nobody stopped it. */
    ALWAYS("always"),
    /** The same; a container that was stopped stays so when the machine has started anew. */
    UNLESS_STOPPED("unless-stopped");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** The word of {@code --restart}. */
    public String word() {
      return word;
    }
  }

  /**
   * Reads the word of {@code --restart}.
   *
   * @throws UsageException for any other word
   */
  public static RestartPolicy parse(String text) {
    int colon = text.indexOf(':');
    String word = colon < 0 ? text : text.substring(0, colon);
    for (Kind kind : Kind.values()) {
      if (kind.word.equals(word)) {
        if (colon < 0) {
          return new RestartPolicy(kind, 0);
        }
        if (kind == Kind.ON_FAILURE) {
          try {
            int retries = Integer.parseInt(text.substring(colon + 1));
            if (retries >= 0) {
              return new RestartPolicy(kind, retries);
            }
          } catch (NumberFormatException _) {
            // Said below.
          }
        }
      }
    }
    if (text.isEmpty()) {
      return NO;
    }
    throw new UsageException(
        "--restart " + text,
        "no such policy",
        "use no, on-failure[:TIMES], always or unless-stopped");
  }

  /**
   * Whether to start it again.
   *
   * @param status what it ended with
   * @param restarts how often it has been started again already
   */
  boolean wantsAgain(int status, int restarts) {
    return kind == Kind.ALWAYS
        || kind == Kind.UNLESS_STOPPED
        || kind == Kind.ON_FAILURE && status != 0 && (retries == 0 || restarts < retries);
  }

  /** As {@code --restart} takes it. */
  @Override
  public String toString() {
    return retries > 0 ? kind.word + ":" + retries : kind.word;
  }
}

package dev.phyllo.engine;

import dev.phyllo.oci.UsageException;

/** When {@code run} brings an image from its registry. */
public enum PullPolicy {
  /** When the store does not have it. */
  MISSING("missing"),
  /** Each time, in case it has changed. */
  ALWAYS("always"),
  /** Not at all. */
  NEVER("never");

  private final String word;

  PullPolicy(String word) {
    this.word = word;
  }

  /**
   * Reads the word of {@code --pull}.
   *
   * @throws UsageException for any other word
   */
  public static PullPolicy parse(String text) {
    for (PullPolicy policy : values()) {
      if (policy.word.equals(text)) {
        return policy;
      }
    }
    throw new UsageException("--pull " + text, "no such policy", "use missing, always or never");
  }
}

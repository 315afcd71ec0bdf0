package dev.phyllo.engine;

import java.util.Optional;

/**
 * What became of one image of a sync.
 *
 * @param source its full name where it comes from
 * @param target where it is now
 * @param change what was done
 * @param failure why it failed, if it did
 */
public record Synced(String source, String target, Change change, Optional<String> failure) {
  /** What was done. */
  public enum Change {
    /** It is new there, or stands for something else than before. */
    COPIED,
    /** The target had the same. */
    SAME,
    /** It could not be copied; the others go on. */
    FAILED
  }
}

package dev.phyllo.engine;

import java.util.List;

/**
 * One level of an image that was verified.
 *
 * @param level which: {@code index}, {@code manifest}, {@code config}, {@code layer 2 of 5}, {@code
 *     snapshots}
 * @param digest its digest
 * @param mismatches all that is not as the level above says; empty if it is whole
 */
public record Verified(String level, String digest, List<String> mismatches) {
  /** Keeps a copy. */
  public Verified {
    mismatches = List.copyOf(mismatches);
  }

  /** Whether all is as it should be. */
  public boolean isWhole() {
    return mismatches.isEmpty();
  }
}

package dev.phyllo.cli.output;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that somebody who mistyped one probably meant. */
public final class DidYouMean {
  private static final int MAX_DISTANCE = 2;

  private DidYouMean() {}

  /**
   * The nearest of the words, by the number of letters inserted, removed, replaced or swapped with
   * their neighbour (letter case counts nothing).
   *
   * @param typed what was typed
   * @param words the words there are; of equally near ones the first is taken
   * @return empty if none is within two such changes, or if so few letters were typed that anything
   *     would be near
   */
  public static Optional<String> nearest(String typed, Collection<String> words) {
    String wanted = typed.toLowerCase(Locale.ROOT);
    int best = Math.min(MAX_DISTANCE, typed.length() / 2) + 1;
    Optional<String> nearest = Optional.empty();
    for (String word : words) {
      if (Math.abs(word.length() - typed.length()) < best) {
        int distance = distance(wanted, word.toLowerCase(Locale.ROOT));
        if (distance < best) {
          best = distance;
          nearest = Optional.of(word);
        }
      }
    }
    return nearest;
  }

  /** The optimal string alignment distance. */
  private static int distance(String a, String b) {
    int[] beforePrevious = new int[b.length() + 1];
    int[] previous = new int[b.length() + 1];
    int[] current = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int least = Math.min(replace, Math.min(previous[j], current[j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        current[j] = swapped ? Math.min(least, beforePrevious[j - 2] + 1) : least;
      }
      int[] spare = beforePrevious;
      beforePrevious = previous;
      previous = current;
      current = spare;
    }
    return previous[b.length()];
  }
}

package dev.phyllo.build.containerfile;

import java.util.Collection;
import java.util.Locale;

/** Guesses what a mistyped word should have been. */
public final class Suggestion {
  private static final int LONGEST = 64;
  private static final int MOST = 1000;

  private Suggestion() {}

  /**
   * A remedy: {@code did you mean …?} if a known word is close, or else the list of them.
   *
   * @param word what was written
   * @param known the words there are
   * @return one sentence; empty if nothing is known
   */
  public static String of(String word, Collection<String> known) {
    String wanted = word.toLowerCase(Locale.ROOT);
    String best = "";
    int least = wanted.length() < 4 ? 2 : 3;
    if (wanted.length() <= LONGEST) {
      int looked = 0;
      for (String candidate : known) {
        if (++looked > MOST) {
          break;
        }
        if (candidate.length() > LONGEST) {
          continue;
        }
        int distance = distance(wanted, candidate.toLowerCase(Locale.ROOT));
        if (distance < least) {
          least = distance;
          best = candidate;
        }
      }
    }
    if (!best.isEmpty()) {
      return "did you mean " + best + "?";
    }
    return known.isEmpty() || known.size() > 24 ? "" : "there is " + String.join(", ", known);
  }

  /** How many letters must be inserted, removed, changed or swapped with their neighbour. */
  private static int distance(String a, String b) {
    int[] before = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] now = new int[b.length() + 1];
      now[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        now[j] = Math.min(Math.min(now[j - 1], last[j]) + 1, last[j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          now[j] = Math.min(now[j], before[j - 2] + 1);
        }
      }
      before = last;
      last = now;
    }
    return last[b.length()];
  }
}

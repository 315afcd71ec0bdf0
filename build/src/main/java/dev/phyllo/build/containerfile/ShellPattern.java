package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern of {@code ${name#pattern}} and its like: {@code *} is any text, {@code ?} any
 * character, {@code \} makes the next one ordinary; there are no brackets. Matching takes time
 * proportional to the product of the two lengths at most, whatever the pattern.
 */
final class ShellPattern {
  private static final int ANY_TEXT = -1;
  private static final int ANY_CHARACTER = -2;
  private static final long MAX_WORK = 1L << 26;

  private final int[] tokens;

  private ShellPattern(int[] tokens) {
    this.tokens = tokens;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if a {@code \} stands before something that needs none
   */
  static ShellPattern of(String pattern) {
    List<Integer> tokens = new ArrayList<>();
    int[] characters = pattern.codePoints().toArray();
    for (int i = 0; i < characters.length; i++) {
      int c = characters[i];
      if (c == '*') {
        // Two stars in a row match what one does.
        if (tokens.isEmpty() || tokens.getLast() != ANY_TEXT) {
          tokens.add(ANY_TEXT);
        }
      } else if (c == '?') {
        tokens.add(ANY_CHARACTER);
      } else if (c == '\\') {
        int escaped = i + 1 < characters.length ? characters[++i] : 0;
        if ("*?\\}/".indexOf(escaped) < 0 || escaped == 0) {
          throw new IllegalArgumentException("\\ is only for \\* \\? \\\\ \\} and \\/");
        }
        tokens.add(escaped);
      } else {
        tokens.add(c);
      }
    }
    return new ShellPattern(tokens.stream().mapToInt(Integer::intValue).toArray());
  }

  String withoutPrefix(String value, boolean longest) {
    int[] characters = value.codePoints().toArray();
    int end = end(characters, 0, longest, new long[] {MAX_WORK});
    return end < 0 ? value : string(characters, end, characters.length);
  }

  String withoutSuffix(String value, boolean longest) {
    int[] characters = reversed(value.codePoints().toArray());
    int end = new ShellPattern(reversed(tokens)).end(characters, 0, longest, new long[] {MAX_WORK});
    return end < 0 ? value : string(reversed(characters), 0, characters.length - end);
  }

  /**
   * The leftmost, longest match, or all of them one after the other, replaced.
   *
   * @throws IllegalArgumentException if it takes too much work, or the result is too long
   */
  String replace(String value, String replacement, boolean all) {
    int[] characters = value.codePoints().toArray();
    StringBuilder result = new StringBuilder();
    long[] work = {MAX_WORK};
    int copied = 0;
    int lastEnd = -1;
    for (int start = 0; start <= characters.length; start++) {
      int end = end(characters, start, true, work);
      if (end < 0 || end == start && start == lastEnd) {
        continue; // an empty match right after a match is none
      }
      result.append(string(characters, copied, start)).append(replacement);
      if (result.length() > Expansion.MAX_LENGTH) {
        throw new IllegalArgumentException("the result is longer than a million characters");
      }
      copied = end;
      lastEnd = end;
      if (!all) {
        break;
      }
      if (end > start) {
        start = end - 1;
      }
    }
    return result.append(string(characters, copied, characters.length)).toString();
  }

  /**
   * Where a match that begins at {@code start} ends, or -1. All states of the pattern are followed
   * at once, so that no pattern makes it go back.
   */
  private int end(int[] characters, int start, boolean longest, long[] work) {
    boolean[] now = new boolean[tokens.length + 1];
    enter(now, 0);
    int found = now[tokens.length] ? start : -1;
    for (int i = start; i < characters.length && (found < 0 || longest); i++) {
      work[0] -= tokens.length + 1;
      if (work[0] < 0) {
        throw new IllegalArgumentException("too much work for a value this long");
      }
      boolean[] then = new boolean[tokens.length + 1];
      boolean alive = false;
      for (int state = 0; state < tokens.length; state++) {
        if (now[state]) {
          int token = tokens[state];
          if (token == ANY_TEXT) {
            enter(then, state);
            alive = true;
          } else if (token == ANY_CHARACTER || token == characters[i]) {
            enter(then, state + 1);
            alive = true;
          }
        }
      }
      if (then[tokens.length]) {
        found = i + 1;
      }
      if (!alive) {
        break;
      }
      now = then;
    }
    return found;
  }

  /** A state, and those behind the stars from it, which may match nothing. */
  private void enter(boolean[] states, int state) {
    states[state] = true;
    if (state < tokens.length && tokens[state] == ANY_TEXT) {
      states[state + 1] = true;
    }
  }

  private static int[] reversed(int[] values) {
    int[] turned = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      turned[values.length - 1 - i] = values[i];
    }
    return turned;
  }

  private static String string(int[] characters, int from, int to) {
    return new String(characters, from, to - from);
  }
}

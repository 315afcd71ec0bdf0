package dev.phyllo.build.ignore;

import java.util.ArrayList;
import java.util.List;

/**
 * One pattern, as an automaton that reads a path character by character, so that what it knows of a
 * directory can be kept for all that is in it.
 *
 * <p>{@code ?} is any character but a slash, {@code *} any number of them, {@code [a-z]} one of a
 * class that {@code ^} inverts, and {@code \} makes the next character ordinary. {@code **} at the
 * end is anything; elsewhere it is any number of whole directories, none included.
 */
final class IgnorePattern {
  private static final int ONE = -1;
  private static final int STAR = -2;
  private static final int ANY = -3;
  private static final int DIRECTORIES = -4;
  private static final int IN_DIRECTORIES = -5;
  private static final int CLASS = -6;

  /** The states of a pattern that cannot match any more. */
  static final long[] DEAD = {};

  /** A class of characters. */
  private record CharacterClass(boolean inverted, int[] ranges) {
    boolean has(int c) {
      for (int i = 0; i < ranges.length; i += 2) {
        if (ranges[i] <= c && c <= ranges[i + 1]) {
          return !inverted;
        }
      }
      return inverted;
    }
  }

  private final String text;
  private final boolean exception;
  private final int[] tokens;
  private final CharacterClass[] classes;

  private IgnorePattern(
      String text, boolean exception, List<Integer> tokens, List<CharacterClass> classes) {
    this.text = text;
    this.exception = exception;
    this.tokens = tokens.stream().mapToInt(Integer::intValue).toArray();
    this.classes = classes.toArray(new CharacterClass[0]);
  }

  /**
   * Reads a pattern.
   *
   * @param text without {@code !}, cleaned
   * @param exception whether it had a {@code !}: what it matches is not left out
   * @throws IllegalArgumentException if a class is not closed or empty, or a {@code \} ends it
   */
  static IgnorePattern of(String text, boolean exception) {
    return new Reader(text).read(exception);
  }

  boolean isException() {
    return exception;
  }

  /** The pattern as it is written, cleaned. */
  @Override
  public String toString() {
    return (exception ? "!" : "") + text;
  }

  /** Reads tokens off a pattern. */
  private static final class Reader {
    private final String text;
    private final List<Integer> tokens = new ArrayList<>();
    private final List<CharacterClass> classes = new ArrayList<>();
    private int at;

    Reader(String text) {
      this.text = text;
    }

    IgnorePattern read(boolean exception) {
      while (at < text.length()) {
        int c = next();
        switch (c) {
          case '*' -> star();
          case '?' -> token(ONE);
          case '[' -> bracket();
          case '\\' -> {
            if (at == text.length()) {
              throw new IllegalArgumentException("a \\ at its end escapes nothing");
            }
            token(next());
          }
          default -> token(c);
        }
      }
      return new IgnorePattern(text, exception, tokens, classes);
    }

    private int next() {
      int c = text.codePointAt(at);
      at += Character.charCount(c);
      return c;
    }

    private void token(int token) {
      tokens.add(token);
      classes.add(NONE);
    }

    private void star() {
      if (!text.startsWith("*", at)) {
        token(STAR);
        return;
      }
      boolean first = at == 1;
      at++;
      boolean slash = text.startsWith("/", at);
      if (slash) {
        at++;
      }
      if (at == text.length() || first && !slash && isPlain(at)) {
        // "**.go" is all that ends so, although "a**.go" is about directories.
        token(ANY);
      } else {
        token(DIRECTORIES);
        token(IN_DIRECTORIES);
      }
    }

    private boolean isPlain(int from) {
      for (int i = from; i < text.length(); i++) {
        if ("*?[]\\".indexOf(text.charAt(i)) >= 0) {
          return false;
        }
      }
      return true;
    }

    private void bracket() {
      boolean inverted = text.startsWith("^", at);
      if (inverted) {
        at++;
      }
      List<Integer> ranges = new ArrayList<>();
      while (ranges.isEmpty() || !text.startsWith("]", at)) {
        int low = member();
        int high = low;
        if (text.startsWith("-", at)) {
          at++;
          high = member();
        }
        ranges.add(low);
        ranges.add(high);
      }
      at++;
      tokens.add(CLASS);
      classes.add(
          new CharacterClass(inverted, ranges.stream().mapToInt(Integer::intValue).toArray()));
    }

    private int member() {
      if (at >= text.length() || text.charAt(at) == '-' || text.charAt(at) == ']') {
        throw new IllegalArgumentException("a [ is not closed, or its class is empty");
      }
      int c = next();
      if (c != '\\') {
        return c;
      }
      if (at >= text.length()) {
        throw new IllegalArgumentException("a \\ at its end escapes nothing");
      }
      return next();
    }

    private static final CharacterClass NONE = new CharacterClass(false, new int[0]);
  }

  /** The states before anything is read. */
  long[] start() {
    long[] states = new long[(tokens.length >> 6) + 1];
    enter(states, 0);
    return states;
  }

  /**
   * The states after {@code name} is read, or {@link #DEAD} if nothing can match any more.
   *
   * @param from states, which stay as they are
   */
  long[] read(long[] from, String name) {
    if (from.length == 1) {
      return readShort(from[0], name);
    }
    long[] states = from;
    for (int i = 0; i < name.length() && states.length > 0; ) {
      int c = name.codePointAt(i);
      i += Character.charCount(c);
      states = step(states, c);
    }
    return states;
  }

  /** As {@link #read}, for patterns whose states are bits of one number: nearly all there are. */
  private long[] readShort(long from, String name) {
    long states = from;
    long[] word = new long[1];
    for (int i = 0; i < name.length(); ) {
      int c = name.codePointAt(i);
      i += Character.charCount(c);
      word[0] = 0;
      for (long bits = states; bits != 0; bits &= bits - 1) {
        int state = Long.numberOfTrailingZeros(bits);
        if (state < tokens.length) {
          step(word, state, c);
        }
      }
      states = word[0];
      if (states == 0) {
        return DEAD;
      }
    }
    word[0] = states;
    return word;
  }

  private long[] step(long[] from, int c) {
    long[] to = new long[from.length];
    boolean alive = false;
    for (int word = 0; word < from.length; word++) {
      for (long bits = from[word]; bits != 0; bits &= bits - 1) {
        int state = (word << 6) + Long.numberOfTrailingZeros(bits);
        alive |= state < tokens.length && step(to, state, c);
      }
    }
    return alive ? to : DEAD;
  }

  private boolean step(long[] to, int state, int c) {
    int token = tokens[state];
    boolean slash = c == '/';
    return switch (token) {
      case ONE -> !slash && enter(to, state + 1);
      case STAR -> !slash && enter(to, state);
      case ANY -> enter(to, state);
      case DIRECTORIES -> false; // it reads nothing itself
      case IN_DIRECTORIES -> {
        if (slash) {
          enter(to, state + 1);
        }
        yield enter(to, state);
      }
      case CLASS -> !slash && classes[state].has(c) && enter(to, state + 1);
      default -> token == c && enter(to, state + 1);
    };
  }

  /** Enters a state, and those reached from it without reading; true, for its callers. */
  private boolean enter(long[] states, int first) {
    for (int state = first; state <= tokens.length; state++) {
      states[state >> 6] |= 1L << state;
      if (state == tokens.length) {
        break;
      }
      int token = tokens[state];
      if (token == DIRECTORIES) {
        states[(state + 1) >> 6] |= 1L << (state + 1);
        state++; // past both: no directory at all
      } else if (token != STAR && token != ANY) {
        break;
      }
    }
    return true;
  }

  /** Whether what led to these states is all of a path that matches. */
  boolean accepts(long[] states) {
    return states.length > 0 && (states[tokens.length >> 6] >>> tokens.length & 1) != 0;
  }
}

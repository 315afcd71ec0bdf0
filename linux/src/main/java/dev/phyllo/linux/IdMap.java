package dev.phyllo.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * Which ids of a user namespace are which ids outside it: a {@code uid_map} or {@code gid_map} of
 * user_namespaces(7).
 *
 * @param ranges in the order of the file
 */
public record IdMap(List<Range> ranges) {
  /** How many ids there are; 2^32-1 is none. */
  private static final long ALL = 0xffffffffL;

  /**
   * Consecutive ids.
   *
   * @param inside the first one, inside
   * @param outside the first one, outside
   * @param count how many
   */
  public record Range(long inside, long outside, long count) {}

  /** Keeps a copy. */
  public IdMap {
    ranges = List.copyOf(ranges);
  }

  /** Root inside is that one id outside. */
  public static IdMap single(long outside) {
    return new IdMap(List.of(new Range(0, outside, 1)));
  }

  /** Reads three numbers a line; what is no number is left out. */
  public static IdMap parse(String text) {
    List<Range> ranges = new ArrayList<>();
    long[] numbers = new long[3];
    int count = 0;
    boolean inNumber = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= '0' && c <= '9') {
        if (!inNumber) {
          numbers[count] = 0;
          inNumber = true;
        }
        numbers[count] = 10 * numbers[count] + c - '0';
      } else if (inNumber) {
        inNumber = false;
        count++;
        if (count == 3) {
          ranges.add(new Range(numbers[0], numbers[1], numbers[2]));
          count = 0;
        }
      }
    }
    if (inNumber && count == 2) {
      ranges.add(new Range(numbers[0], numbers[1], numbers[2]));
    }
    return new IdMap(ranges);
  }

  /** Whether every id is itself, as in the initial user namespace. */
  public boolean isIdentity() {
    return ranges.size() == 1
        && ranges.getFirst().inside() == 0
        && ranges.getFirst().outside() == 0
        && ranges.getFirst().count() >= ALL;
  }

  /** Whether there is only one id inside. */
  public boolean isSingle() {
    return ranges.size() == 1 && ranges.getFirst().count() == 1;
  }

  /** Whether this id exists inside. */
  public boolean contains(long inside) {
    for (int i = 0; i < ranges.size(); i++) {
      Range r = ranges.get(i);
      if (inside >= r.inside() && inside - r.inside() < r.count()) {
        return true;
      }
    }
    return false;
  }

  /** What an id inside is outside; -1 if it does not exist there. */
  public long outside(long inside) {
    for (int i = 0; i < ranges.size(); i++) {
      Range r = ranges.get(i);
      if (inside >= r.inside() && inside - r.inside() < r.count()) {
        return r.outside() + inside - r.inside();
      }
    }
    return -1;
  }

  /** What an id outside is inside; -1 if it does not exist there. */
  public long inside(long outside) {
    for (int i = 0; i < ranges.size(); i++) {
      Range r = ranges.get(i);
      if (outside >= r.outside() && outside - r.outside() < r.count()) {
        return r.inside() + outside - r.outside();
      }
    }
    return -1;
  }

  /** As such a file holds it: {@code "0 1000 1\n1 100000 65536\n"}. */
  public String toFile() {
    StringBuilder text = new StringBuilder();
    for (Range r : ranges) {
      text.append(r.inside()).append(' ').append(r.outside()).append(' ').append(r.count());
      text.append('\n');
    }
    return text.toString();
  }

  /** For people: {@code "0=1000, 1-65536=100000-165535"}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Range r : ranges) {
      text.append(text.isEmpty() ? "" : ", ").append(span(r.inside(), r.count()));
      text.append('=').append(span(r.outside(), r.count()));
    }
    return text.toString();
  }

  private static String span(long first, long count) {
    return count == 1 ? Long.toString(first) : first + "-" + (first + count - 1);
  }
}

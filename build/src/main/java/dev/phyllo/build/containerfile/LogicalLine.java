package dev.phyllo.build.containerfile;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instruction's line: one or more lines of the file, joined where the escape character continues
 * them. It knows where in the file each of its characters stands.
 */
final class LogicalLine {
  private record Segment(int offset, int line, int column) {}

  private final String file;
  private final StringBuilder text = new StringBuilder();
  private final List<Segment> segments = new ArrayList<>();
  private final @Nullable Location place;
  private int lastLine;

  LogicalLine(String file) {
    this.file = file;
    this.place = null;
  }

  /**
   * A line all of which stands for one place, such as a trigger of a base image for the FROM.
   *
   * @param place the place of all its characters
   */
  LogicalLine(Location place) {
    this.file = place.file();
    this.place = place;
  }

  /**
   * Adds a line of the file, or the rest of one.
   *
   * @param line its number, from 1
   * @param column where {@code part} begins in it, from 1
   */
  void add(String part, int line, int column) {
    segments.add(new Segment(text.length(), line, column));
    text.append(part);
    lastLine = line;
  }

  /** Says that it goes on to a line of which nothing is kept, such as that of a heredoc. */
  void reach(int line) {
    lastLine = line;
  }

  String text() {
    return text.toString();
  }

  /** Where the character at {@code offset} stands; the end is that of all of the instruction. */
  Location at(int offset) {
    if (place != null) {
      return place;
    }
    // Of empty parts at one offset the last has the character.
    int low = 0;
    int high = segments.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (segments.get(middle).offset() <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    Segment segment = segments.get(low);
    return new Location(
        file, segment.line(), lastLine, segment.column() + offset - segment.offset());
  }

  /** Where it begins, to its end. */
  Location location() {
    int start = 0;
    while (start < text.length() - 1 && Chars.isSpace(text.charAt(start))) {
      start++;
    }
    return at(start);
  }
}

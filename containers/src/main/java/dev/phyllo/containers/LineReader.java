package dev.phyllo.containers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lines of one log, each with the time by which it was there. */
final class LineReader {
  private static final int CHUNK = 64 << 10;

  /** A line that is longer comes in parts: no program is trusted with this one's memory. */
  private static final int LONGEST = 1 << 20;

  private final LogStream log;
  private final List<LogTimes.Mark> marks;
  private final boolean errors;
  private final boolean last;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK).limit(0);
  private long consumed;
  private int mark;
  private Output.@Nullable Line line;

  /**
   * @param from where to begin
   * @param last whether an unfinished line at the end is one
   */
  LineReader(LogStream log, long from, List<LogTimes.Mark> marks, boolean errors, boolean last) {
    this.log = log;
    this.marks = marks;
    this.errors = errors;
    this.last = last;
    log.seek(from);
    this.consumed = from;
  }

  /** The line it is at; null if there are no more. */
  Output.@Nullable Line line() {
    return line;
  }

  /** Up to where lines have been read. */
  long consumed() {
    return line == null ? consumed : consumed - line.bytes().length;
  }

  void advance() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(160);
    while (bytes.size() < LONGEST) {
      if (!chunk.hasRemaining()) {
        chunk.clear();
        long before = log.position();
        int got = log.read(chunk);
        chunk.flip();
        if (log.position() - got != before) {
          bytes.reset();
          consumed = log.position() - got;
        }
        if (got <= 0) {
          chunk.limit(0);
          if (!last || bytes.size() == 0) {
            line = null;
            return;
          }
          break;
        }
      }
      byte b = chunk.get();
      if (log.isCut()) {
        // What was removed had the beginning of this line.
        consumed++;
        if (b == '\n') {
          log.lineBegins();
        }
        continue;
      }
      bytes.write(b);
      if (b == '\n') {
        break;
      }
    }
    consumed += bytes.size();
    line = new Output.Line(time(), errors, bytes.toByteArray());
  }

  private long time() {
    while (mark < marks.size() && marks.get(mark).end() < consumed) {
      mark++;
    }
    if (mark < marks.size()) {
      return marks.get(mark).millis();
    }
    // Just written, and not noted yet.
    return marks.isEmpty() ? 0 : System.currentTimeMillis();
  }
}

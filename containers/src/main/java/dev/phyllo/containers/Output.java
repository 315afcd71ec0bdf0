package dev.phyllo.containers;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a container has written and writes: its logs, opened for reading. */
public final class Output implements AutoCloseable {
  private static final int CHUNK = 64 << 10;

  private final LogFiles files;
  private final LogStream[] logs = new LogStream[2];
  private final long[] at = new long[2];
  private @Nullable ReadAhead ahead;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK);

  /** Opens the logs, making those that are not there: they may be opened before the start. */
  Output(LogFiles files) {
    this.files = files;
    files.make();
    for (int i = 0; i < 2; i++) {
      logs[i] = new LogStream(files, i);
    }
  }

  /** What to watch so as to hear that there is more. */
  public List<Path> watched() {
    return files.watched();
  }

  /** Whether a supervisor has kept any output of it: what ran in a foreground went there. */
  public boolean isKept() {
    return LogTimes.size(files.times()) > 0 || files.size(0) > 0 || files.size(1) > 0;
  }

  /**
   * Lets nothing be missed from now on that is removed before it is copied, as far as that can be:
   * what is there is opened now, and until this is closed, files are opened as they come. The logs
   * of a container that goes when it ends are removed right after its last word.
   */
  public void keepAll() {
    for (int i = 0; i < 2; i++) {
      logs[i].seek(at[i]);
    }
    openAhead();
    if (files.segment() < Long.MAX_VALUE) {
      ahead = new ReadAhead(files.watched(), this::openAhead);
    }
  }

  /** Opens what has come. */
  void openAhead() {
    try {
      for (LogStream log : logs) {
        log.openAhead();
      }
    } catch (IOException _) {
      // Too many are open: what is missed then is told.
    }
  }

  /** Whether something was removed before it could be copied. */
  public boolean hasMissed() {
    return logs[0].isCut() || logs[1].isCut();
  }

  /** Leaves out everything that is there by now. */
  public void skip() {
    for (int i = 0; i < 2; i++) {
      at[i] = files.size(i);
    }
  }

  /** Copies what is there and has not been copied yet. */
  public void copy(OutputStream out, OutputStream err) {
    try {
      for (int i = 0; i < 2; i++) {
        OutputStream to = i == 0 ? out : err;
        int got = read(i);
        while (got > 0) {
          to.write(chunk.array(), 0, got);
          got = read(i);
        }
        to.flush();
      }
    } catch (IOException e) {
      throw new SystemException("the output", e);
    }
  }

  private int read(int log) throws IOException {
    chunk.clear();
    logs[log].seek(at[log]);
    int got = logs[log].read(chunk);
    at[log] = logs[log].position();
    return got;
  }

  /**
   * A line of output.
   *
   * @param millis when it was complete, as far as that is known; 0 if it is not
   * @param errors whether it is of standard error
   * @param bytes with its newline, if it has one
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Line(long millis, boolean errors, byte[] bytes) {}

  /** Hears the lines. */
  @FunctionalInterface
  public interface Lines {
    /** The next line. */
    void next(Line line) throws IOException;
  }

  /**
   * Tells the lines that are there and have not been told yet, those of both logs in the order of
   * their times.
   *
   * @param last whether there will be no more, so that an unfinished line is one too
   */
  public void lines(boolean last, Lines to) {
    List<LogTimes.Mark> marks = LogTimes.read(files);
    LineReader[] readers = new LineReader[2];
    try {
      for (int i = 0; i < 2; i++) {
        readers[i] = new LineReader(logs[i], at[i], of(marks, i == 1), i == 1, last);
        readers[i].advance();
      }
      while (true) {
        Line out = readers[0].line();
        Line err = readers[1].line();
        if (out == null && err == null) {
          break;
        }
        LineReader next =
            err == null || out != null && out.millis() <= err.millis() ? readers[0] : readers[1];
        Line line = next.line();
        if (line != null) {
          to.next(line);
        }
        next.advance();
      }
      at[0] = readers[0].consumed();
      at[1] = readers[1].consumed();
    } catch (IOException e) {
      throw new SystemException(files.times().toString(), e);
    }
  }

  private static List<LogTimes.Mark> of(List<LogTimes.Mark> marks, boolean errors) {
    List<LogTimes.Mark> of = new ArrayList<>();
    for (LogTimes.Mark mark : marks) {
      if (mark.errors() == errors) {
        of.add(mark);
      }
    }
    return of;
  }

  @Override
  public void close() {
    ReadAhead reading = ahead;
    if (reading != null) {
      reading.close();
    }
    for (LogStream log : logs) {
      log.close();
    }
  }
}

package dev.phyllo.containers;

import dev.phyllo.oci.SystemException;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * When a container's output was written: records of sixteen bytes, a time in milliseconds since
 * 1970 and how long a log was by then, big-endian; the length's sign bit is set for standard error.
 *
 * <p>Whoever keeps the container appends a record when a log has grown, some hundred times a second
 * at most. What was written while nobody was there has the time at which somebody came. Records
 * about files that were removed go when there are many.
 */
final class LogTimes {
  private static final int RECORD = 16;
  private static final long ERRORS = Long.MIN_VALUE;

  /** How long the index becomes before anything is left out. */
  private static final long MANY = 64 << 10;

  private final LogFiles files;
  private final long[] known = new long[2];
  private long many = MANY;

  LogTimes(LogFiles files) {
    this.files = files;
    for (Mark mark : read(files)) {
      known[mark.errors() ? 1 : 0] = mark.end();
    }
  }

  /**
   * How far a log had come.
   *
   * @param millis when
   * @param errors whether it is that of standard error
   * @param end its length then
   */
  record Mark(long millis, boolean errors, long end) {}

  /** Notes how long the logs are now. */
  synchronized void note() {
    long now = System.currentTimeMillis();
    ByteBuffer records = ByteBuffer.allocate(2 * RECORD);
    for (int i = 0; i < 2; i++) {
      long size = files.size(i);
      if (size > known[i]) {
        known[i] = size;
        records.putLong(now).putLong(i == 0 ? size : size | ERRORS);
      }
    }
    if (records.position() == 0) {
      return;
    }
    Path file = files.times();
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      records.flip();
      while (records.hasRemaining()) {
        out.write(records);
      }
      if (out.size() > many && files.segment() < Long.MAX_VALUE) {
        forget(file);
      }
    } catch (NoSuchFileException _) {
      // The container has just been removed, and its logs with it.
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /** Leaves out what is about bytes that are gone. */
  private void forget(Path file) {
    long[] oldest = new long[2];
    for (int i = 0; i < 2; i++) {
      oldest[i] = files.numbers(i)[0] * files.segment();
    }
    List<Mark> marks = read(files);
    ByteBuffer left = ByteBuffer.allocate(marks.size() * RECORD);
    for (Mark mark : marks) {
      if (mark.end() > oldest[mark.errors() ? 1 : 0]) {
        left.putLong(mark.millis()).putLong(mark.errors() ? mark.end() | ERRORS : mark.end());
      }
    }
    DurableFiles.replace(file, Arrays.copyOf(left.array(), left.position()), false);
    many = Math.max(MANY, 2L * left.position());
  }

  /** All records there are. */
  static List<Mark> read(LogFiles files) {
    Path file = files.times();
    List<Mark> marks = new ArrayList<>();
    try {
      ByteBuffer records = ByteBuffer.wrap(Files.readAllBytes(file));
      while (records.remaining() >= RECORD) {
        long millis = records.getLong();
        long end = records.getLong();
        marks.add(new Mark(millis, end < 0, end & Long.MAX_VALUE));
      }
    } catch (NoSuchFileException _) {
      return marks;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    return marks;
  }

  static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }
}

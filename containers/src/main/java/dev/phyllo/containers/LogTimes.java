package dev.phyllo.containers;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * When a container's output was written: records of sixteen bytes, a time in milliseconds since
 * 1970 and how long a log was by then, big-endian; the length's sign bit is set for standard error.
 *
 * <p>Whoever keeps the container appends a record when a log has grown, some hundred times a second
 * at most. What was written while nobody was there has the time at which somebody came.
 */
final class LogTimes {
  private static final int RECORD = 16;
  private static final long ERRORS = Long.MIN_VALUE;

  private final Path directory;
  private final long[] known = new long[2];

  LogTimes(Path directory) {
    this.directory = directory;
    for (Mark mark : read(directory)) {
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
      long size = size(i == 0 ? LogFiles.output(directory) : LogFiles.errors(directory));
      if (size > known[i]) {
        known[i] = size;
        records.putLong(now).putLong(i == 0 ? size : size | ERRORS);
      }
    }
    if (records.position() == 0) {
      return;
    }
    Path file = LogFiles.times(directory);
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      records.flip();
      while (records.hasRemaining()) {
        out.write(records);
      }
    } catch (NoSuchFileException _) {
      // The container has just been removed, and its logs with it.
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /** All records there are. */
  static List<Mark> read(Path directory) {
    Path file = LogFiles.times(directory);
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

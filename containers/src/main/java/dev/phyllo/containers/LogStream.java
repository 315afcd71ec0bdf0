package dev.phyllo.containers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a container's output, read from a position among all bytes that were ever written
 * to it, through the files that follow one another. What has been removed is passed over.
 */
final class LogStream implements AutoCloseable {
  private final LogFiles files;
  private final int stream;
  private long position;
  private @Nullable FileChannel open;
  private long number = -1;
  private boolean cut;

  /** Files that were opened before they are read, by number. */
  private final SortedMap<Long, FileChannel> ahead = new TreeMap<>();

  LogStream(LogFiles files, int stream) {
    this.files = files;
    this.stream = stream;
  }

  /**
   * Opens what there is beyond the file it reads: what has been opened stays readable although it
   * is removed. For whoever must miss nothing and reads slowly.
   */
  synchronized void openAhead() throws IOException {
    long[] numbers = files.numbers(stream);
    long from = open == null ? position / files.segment() : number + 1;
    for (long next = Math.max(from, numbers[0]); next <= numbers[1]; next++) {
      if (!ahead.containsKey(next)) {
        FileChannel file = opened(next);
        if (file != null) {
          ahead.put(next, file);
        }
      }
    }
  }

  /** Reads on from here. */
  synchronized void seek(long at) {
    position = at;
  }

  /** Where it reads on. */
  synchronized long position() {
    return position;
  }

  /** Whether something was passed over, so that what comes next may be the rest of a line. */
  synchronized boolean isCut() {
    return cut;
  }

  /** A line has begun since. */
  synchronized void lineBegins() {
    cut = false;
  }

  /**
   * Reads what is there.
   *
   * @return how many bytes; 0 if there are no more for now
   */
  synchronized int read(ByteBuffer into) throws IOException {
    while (true) {
      long wanted = position / files.segment();
      FileChannel file = file(wanted);
      if (file == null) {
        long oldest = files.numbers(stream)[0];
        if (!ahead.isEmpty()) {
          oldest = Math.min(oldest, ahead.firstKey());
        }
        if (oldest <= wanted) {
          return 0; // not begun yet
        }
        position = oldest * files.segment();
        cut = true;
        continue;
      }
      // Asked for before it is read, so that a file with a successor has got all it will get.
      boolean full = files.numbers(stream)[1] > wanted;
      long from = position - wanted * files.segment();
      int limit = into.limit();
      into.limit(into.position() + (int) Math.min(into.remaining(), files.segment() - from));
      int got = file.read(into, from);
      into.limit(limit);
      if (got > 0) {
        position += got;
        return got;
      }
      if (!full) {
        return 0;
      }
      // Somebody has cut it.
      position = (wanted + 1) * files.segment();
      cut = true;
    }
  }

  /** The file of that number; null if there is none. One that was opened stays readable. */
  private @Nullable FileChannel file(long wanted) throws IOException {
    if (open != null && number == wanted) {
      return open;
    }
    closeFile(open);
    open = null;
    FileChannel early = ahead.remove(wanted);
    FileChannel file = early != null ? early : opened(wanted);
    if (file != null) {
      open = file;
      number = wanted;
    }
    return file;
  }

  private @Nullable FileChannel opened(long wanted) throws IOException {
    while (true) {
      long current = files.numbers(stream)[1];
      if (wanted > current) {
        return null;
      }
      Path path = wanted == current ? files.current(stream) : files.full(stream, wanted);
      FileChannel file;
      try {
        file = FileChannel.open(path, StandardOpenOption.READ);
      } catch (NoSuchFileException e) {
        return null;
      }
      // The keeper may have renamed it between the two, and made another in its place.
      if (wanted < current || files.numbers(stream)[1] == current) {
        return file;
      }
      file.close();
    }
  }

  @Override
  public synchronized void close() {
    closeFile(open);
    open = null;
    for (FileChannel file : ahead.values()) {
      closeFile(file);
    }
    ahead.clear();
  }

  private static void closeFile(@Nullable FileChannel file) {
    if (file != null) {
      try {
        file.close();
      } catch (IOException _) {
        // It was only read.
      }
    }
  }
}

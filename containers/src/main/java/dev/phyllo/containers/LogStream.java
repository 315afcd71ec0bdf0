package dev.phyllo.containers;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  LogStream(LogFiles files, int stream) {
    this.files = files;
    this.stream = stream;
  }

  /** Reads on from here. */
  void seek(long at) {
    position = at;
  }

  /** Where it reads on. */
  long position() {
    return position;
  }

  /** Whether something was passed over, so that what comes next may be the rest of a line. */
  boolean isCut() {
    return cut;
  }

  /** A line has begun since. */
  void lineBegins() {
    cut = false;
  }

  /**
   * Reads what is there.
   *
   * @return how many bytes; 0 if there are no more for now
   */
  int read(ByteBuffer into) throws IOException {
    while (true) {
      long wanted = position / files.segment();
      FileChannel file = file(wanted);
      if (file == null) {
        long oldest = files.numbers(stream)[0];
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
    close();
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
        open = file;
        number = wanted;
        return file;
      }
      file.close();
    }
  }

  @Override
  public void close() {
    FileChannel file = open;
    open = null;
    if (file != null) {
      try {
        file.close();
      } catch (IOException _) {
        // It was only read.
      }
    }
  }
}

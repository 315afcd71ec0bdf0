package dev.phyllo.layers;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of an archive with one large buffer, a position, and errors that say both.
 *
 * <p>Headers are parsed where they lie in the buffer; content larger than what is buffered goes
 * from the stream straight into the caller's array.
 */
final class TarInput {
  /** The unit of the format: headers are one, content is padded to a multiple. */
  static final int BLOCK = 512;

  private static final int BUFFER = 256 * 1024;

  /** Requests at least this large bypass an empty buffer. */
  private static final int DIRECT = 32 * 1024;

  private final InputStream in;
  private final long maxTotalBytes;
  private final String thing;
  private final boolean seeks;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int end;
  private long offset;

  TarInput(InputStream in, long maxTotalBytes, String thing, boolean seeks) {
    this.in = in;
    this.maxTotalBytes = maxTotalBytes;
    this.thing = thing;
    this.seeks = seeks;
  }

  /** How many bytes of the archive have been consumed. */
  long offset() {
    return offset;
  }

  /** The array that {@link #block()} points into. */
  byte[] buffer() {
    return buffer;
  }

  /**
   * Makes the next block available and consumes it.
   *
   * @return its index in {@link #buffer()}, valid until the next call; -1 if the archive ends here
   */
  int block() {
    int available = buffer(BLOCK);
    if (available == 0) {
      return -1;
    }
    if (available < BLOCK) {
      throw invalid(
          offset, "truncated: a header block of 512 bytes has only " + available + " bytes");
    }
    int at = position;
    consume(BLOCK);
    return at;
  }

  /** Reads up to {@code len} bytes; -1 at the end of the archive. */
  int read(byte[] b, int off, int len) {
    if (len == 0) {
      return 0;
    }
    int n = end - position;
    if (n == 0) {
      if (len >= DIRECT) {
        n = readStream(b, off, len);
        if (n > 0) {
          count(n);
        }
        return n;
      }
      n = buffer(1);
      if (n == 0) {
        return -1;
      }
    }
    n = Math.min(n, len);
    System.arraycopy(buffer, position, b, off, n);
    consume(n);
    return n;
  }

  /** Skips bytes, returning how many there were before the archive ended. */
  long skip(long wanted) {
    long left = wanted;
    while (left > 0) {
      if (seeks && position == end && left >= BUFFER) {
        long skipped = seek(left);
        if (skipped > 0) {
          left -= skipped;
          continue;
        }
      }
      int n = buffer(1);
      if (n == 0) {
        break;
      }
      n = (int) Math.min(n, left);
      consume(n);
      left -= n;
    }
    return wanted - left;
  }

  /** Reads all bytes to the end of the stream below. */
  void drain() {
    while (skip(Long.MAX_VALUE) > 0) {
      // Nothing to do with them: the stream below may hash what passes.
    }
  }

  /** An error about the archive, at a byte of it. */
  InvalidException invalid(long at, String what) {
    return new InvalidException(thing, "byte " + at + ": " + what, "");
  }

  /** An error that somebody who trusts the archive can do away with. */
  InvalidException overLimit(long at, String what) {
    return new InvalidException(thing, "byte " + at + ": " + what, TarLimits.ALLOW_MORE);
  }

  void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  /** Tries to have at least this many bytes in one piece; returns how many there are. */
  private int buffer(int wanted) {
    int available = end - position;
    if (available >= wanted) {
      return available;
    }
    if (available > 0) {
      System.arraycopy(buffer, position, buffer, 0, available);
    }
    position = 0;
    end = available;
    while (end < wanted) {
      int n = readStream(buffer, end, BUFFER - end);
      if (n < 0) {
        break;
      }
      end += n;
    }
    return end;
  }

  private void consume(int n) {
    position += n;
    count(n);
  }

  private long seek(long wanted) {
    try {
      long n = in.skip(wanted);
      count(n);
      return n;
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  private void count(long n) {
    offset += n;
    if (offset > maxTotalBytes) {
      throw overLimit(maxTotalBytes, "the archive is larger than the limit of that many bytes");
    }
  }

  private int readStream(byte[] b, int off, int len) {
    try {
      return in.read(b, off, len);
    } catch (EOFException e) {
      throw new InvalidException(
          thing, "byte " + offset + ": truncated: the stream ends early", "", e);
    } catch (IOException e) {
      throw new SystemException(thing, e);
    } catch (PhylloException e) {
      // A decompressor's error already says what is wrong, in terms of the compressed stream.
      throw e;
    }
  }
}

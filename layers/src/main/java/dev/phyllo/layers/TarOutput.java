package dev.phyllo.layers;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/** The bytes of an archive being written: a buffer, and a count of what went through it. */
final class TarOutput {
  private static final int BUFFER = 64 * 1024;

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER];
  private int buffered;
  private long written;

  TarOutput(OutputStream out) {
    this.out = out;
  }

  long written() {
    return written;
  }

  void flush() {
    flushBuffer();
    try {
      out.flush();
    } catch (IOException e) {
      throw new SystemException("archive", e);
    }
  }

  void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw new SystemException("archive", e);
    }
  }

  /** Copies a file's content, which must be as long as its entry says. */
  void copy(TarEntry e, InputStream content) {
    long left = e.size();
    while (left > 0) {
      if (buffered == BUFFER) {
        flushBuffer();
      }
      int n = readContent(e, content, (int) Math.min(left, BUFFER - buffered));
      if (n < 0) {
        throw EntryCheck.invalid(e, "its content is " + left + " bytes shorter than its size says");
      }
      buffered += n;
      written += n;
      left -= n;
    }
    if (buffered == BUFFER) {
      flushBuffer();
    }
    // The byte that should not be there lands behind what is buffered and is never written.
    if (readContent(e, content, 1) > 0) {
      throw EntryCheck.invalid(e, "its content is longer than its size of " + e.size() + " bytes");
    }
  }

  private int readContent(TarEntry e, InputStream content, int max) {
    try {
      return content.read(buffer, buffered, max);
    } catch (IOException x) {
      throw new SystemException(e.name().toString(), x);
    }
  }

  void write(byte[] b, int off, int len) {
    int from = off;
    int left = len;
    while (left > 0) {
      if (buffered == BUFFER) {
        flushBuffer();
      }
      int n = Math.min(left, BUFFER - buffered);
      System.arraycopy(b, from, buffer, buffered, n);
      buffered += n;
      written += n;
      from += n;
      left -= n;
    }
  }

  void zeros(int count) {
    int left = count;
    while (left > 0) {
      if (buffered == BUFFER) {
        flushBuffer();
      }
      int n = Math.min(left, BUFFER - buffered);
      Arrays.fill(buffer, buffered, buffered + n, (byte) 0);
      buffered += n;
      written += n;
      left -= n;
    }
  }

  /** Fills the last block up with zeros. */
  void pad() {
    zeros((int) (-written & (TarInput.BLOCK - 1)));
  }

  private void flushBuffer() {
    try {
      out.write(buffer, 0, buffered);
    } catch (IOException e) {
      throw new SystemException("archive", e);
    }
    buffered = 0;
  }
}

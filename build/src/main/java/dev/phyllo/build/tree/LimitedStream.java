package dev.phyllo.build.tree;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The first bytes of a stream. */
public final class LimitedStream extends FilterInputStream {
  private long left;

  /**
   * Ends a stream early.
   *
   * @param length how many bytes of it there are to be read
   */
  public LimitedStream(InputStream in, long length) {
    super(in);
    left = length;
  }

  @Override
  public int read() throws IOException {
    if (left == 0) {
      return -1;
    }
    int b = in.read();
    left -= b < 0 ? 0 : 1;
    return b;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (left == 0) {
      return length == 0 ? 0 : -1;
    }
    int n = in.read(bytes, offset, (int) Math.min(length, left));
    left -= Math.max(n, 0);
    return n;
  }

  @Override
  public long skip(long wanted) throws IOException {
    long n = in.skip(Math.min(wanted, left));
    left -= n;
    return n;
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}

package dev.phyllo.layers;

import java.io.InputStream;
import java.util.Arrays;
import java.util.List;

/** The logical content of an entry: stored bytes where the extents are, zeros between. */
final class EntryContent extends InputStream {
  private final TarReader reader;
  private final TarEntry entry;
  private final List<Extent> extents;
  private int next;
  private long position;
  private byte[] one = {};

  EntryContent(TarReader reader, TarEntry entry) {
    this.reader = reader;
    this.entry = entry;
    this.extents = entry.extents();
  }

  @Override
  public int read() {
    if (one.length == 0) {
      one = new byte[1];
    }
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) {
    if (!reader.isCurrent(entry)) {
      throw new IllegalStateException("the reader has gone on from " + entry.name());
    }
    if (len == 0) {
      return 0;
    }
    if (extents.isEmpty()) {
      return reader.read(b, off, len);
    }
    while (next < extents.size() && position == extents.get(next).end()) {
      next++;
    }
    boolean last = next == extents.size();
    long dataAt = last ? entry.size() : extents.get(next).offset();
    if (position < dataAt) {
      int n = (int) Math.min(len, dataAt - position);
      Arrays.fill(b, off, off + n, (byte) 0);
      position += n;
      return n;
    }
    if (last) {
      return -1;
    }
    int n = reader.read(b, off, (int) Math.min(len, extents.get(next).end() - position));
    position += Math.max(n, 0);
    return n;
  }
}

package dev.phyllo.layers;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stream that stays open when this is closed: for a reader that closes what it reads, as
 * decompressors do, where the rest behind its end still has to be read.
 */
public final class KeptOpen extends FilterInputStream {
  /** The same bytes. */
  public KeptOpen(InputStream in) {
    super(in);
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    return in.read(b, off, len);
  }

  @Override
  public void close() {}
}

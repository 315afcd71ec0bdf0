package dev.phyllo.layers;

import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads a tar archive entry by entry. Throws only PhylloException; content() streams too. */
public final class TarReader implements AutoCloseable {
  /** Reads from the stream, which needs no buffer of its own. */
  public TarReader(InputStream in, TarLimits limits, String thing) {}

  /** The next entry, or null at the end of the archive. */
  public @Nullable TarEntry next() {
    throw new UnsupportedOperationException();
  }

  /** Stored bytes of the current entry, -1 at its end. */
  public int read(byte[] b, int off, int len) {
    throw new UnsupportedOperationException();
  }

  /** Bytes of the archive consumed so far; after next(), where the stored content begins. */
  public long offset() {
    throw new UnsupportedOperationException();
  }

  /** Logical bytes of the current entry, holes expanded. */
  public InputStream content() {
    throw new UnsupportedOperationException();
  }

  /** Reads the rest of the archive to EOF, including trailing padding. */
  public void drain() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}

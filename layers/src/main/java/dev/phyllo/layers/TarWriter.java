package dev.phyllo.layers;

import java.io.InputStream;
import java.io.OutputStream;

/** Writes a tar archive. */
public final class TarWriter implements AutoCloseable {
  /** How what does not fit a plain header is written. */
  public enum Format {
    /** ustar where it fits, PAX records where not. */
    PAX,
    /** GNU tar's own format. */
    GNU
  }

  /** Writes the PAX format. */
  public TarWriter(OutputStream out) {
    this(out, Format.PAX);
  }

  /** Writes the given format. */
  public TarWriter(OutputStream out, Format format) {}

  /** Writes an entry whose stored content is read from the stream. */
  public void entry(TarEntry entry, InputStream content) {
    throw new UnsupportedOperationException();
  }

  /** Writes an entry with this content. */
  public void entry(TarEntry entry, byte[] content) {
    throw new UnsupportedOperationException();
  }

  /** Writes an entry without content. */
  public void entry(TarEntry entry) {
    throw new UnsupportedOperationException();
  }

  /** Writes the end of the archive and closes the stream. */
  @Override
  public void close() {}
}

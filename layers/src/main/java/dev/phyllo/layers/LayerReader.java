package dev.phyllo.layers;

import dev.phyllo.oci.Digest;
import java.io.InputStream;

/** A layer blob as entries and, at the end, its diffID. */
public final class LayerReader implements AutoCloseable {
  private LayerReader() {}

  /** Opens a layer, compressed or not. */
  public static LayerReader open(InputStream blob, TarLimits limits, String thing) {
    throw new UnsupportedOperationException();
  }

  /** The entries. */
  public TarReader tar() {
    throw new UnsupportedOperationException();
  }

  /** How it is compressed. */
  public Compression compression() {
    throw new UnsupportedOperationException();
  }

  /** Reads what is left and returns the diffID. */
  public Digest finish() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}

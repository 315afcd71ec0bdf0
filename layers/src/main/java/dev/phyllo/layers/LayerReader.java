package dev.phyllo.layers;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;

/**
 * A layer blob as entries and, at the end, its diffID: the digest of the archive before compression
 * (OCI image specification, config.md, "Layer DiffID").
 *
 * <pre>{@code
 * try (LayerReader layer = LayerReader.open(blob, TarLimits.DEFAULT, descriptor.digest().toString())) {
 *   for (TarEntry e = layer.tar().next(); e != null; e = layer.tar().next()) { … }
 *   Digest diffId = layer.finish();
 * }
 * }</pre>
 */
public final class LayerReader implements AutoCloseable {
  private final Compression compression;
  private final HashingInputStream hashed;
  private final TarReader tar;

  private LayerReader(Compression compression, HashingInputStream hashed, TarReader tar) {
    this.compression = compression;
    this.hashed = hashed;
    this.tar = tar;
  }

  /**
   * Opens a layer, compressed or not; its first bytes are read here.
   *
   * @param blob the blob as it is stored
   * @param limits what to put up with; the bytes counted are the decompressed ones
   * @param thing what errors call the layer
   * @throws dev.phyllo.oci.UnsupportedException if it is compressed with bzip2, xz or lz4
   * @throws SystemException if the stream cannot be read
   */
  public static LayerReader open(InputStream blob, TarLimits limits, String thing) {
    byte[] head;
    try {
      head = blob.readNBytes(Compression.HEAD_BYTES);
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
    Compression compression = Compression.detect(head, thing);
    InputStream whole = new SequenceInputStream(new ByteArrayInputStream(head), blob);
    HashingInputStream hashed =
        new HashingInputStream(compression.decompress(whole, thing), Digest.Algorithm.SHA256);
    return new LayerReader(compression, hashed, new TarReader(hashed, limits, thing));
  }

  /** The entries. */
  public TarReader tar() {
    return tar;
  }

  /** How the blob is compressed. */
  public Compression compression() {
    return compression;
  }

  /**
   * Reads what is left, to the end of the blob, and says what the layer's diffID is.
   *
   * @throws dev.phyllo.oci.InvalidException if the rest is malformed or passes a limit
   */
  public Digest finish() {
    tar.drain();
    return hashed.digest();
  }

  /** The size of the archive before compression, in bytes; complete after {@link #finish()}. */
  public long uncompressedSize() {
    return hashed.count();
  }

  /** Closes the blob's stream. */
  @Override
  public void close() {
    tar.close();
  }
}

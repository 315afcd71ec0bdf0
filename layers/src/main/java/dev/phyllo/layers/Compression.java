package dev.phyllo.layers;

import dev.phyllo.oci.MediaTypes;
import java.io.BufferedInputStream;
import java.io.InputStream;
import java.io.OutputStream;

/** How a layer is compressed: what its first bytes say, whatever its media type says. */
public enum Compression {
  /** Not compressed. */
  NONE(MediaTypes.OCI_LAYER),
  /** gzip, RFC 1952. */
  GZIP(MediaTypes.OCI_LAYER_GZIP),
  /** Zstandard, RFC 8878. */
  ZSTD(MediaTypes.OCI_LAYER_ZSTD);

  private final String layerMediaType;

  Compression(String layerMediaType) {
    this.layerMediaType = layerMediaType;
  }

  /** The OCI media type of a layer compressed so. */
  public String layerMediaType() {
    return layerMediaType;
  }

  /** What the first bytes of a stream say. */
  public static Compression detect(byte[] head) {
    throw new UnsupportedOperationException();
  }

  /** What the stream's next bytes say; they stay unread. */
  public static Compression detect(BufferedInputStream in) {
    throw new UnsupportedOperationException();
  }

  /** The decompressed content. */
  public InputStream decompress(InputStream in) {
    return decompress(in, name());
  }

  /** The decompressed content; errors name the thing. */
  public InputStream decompress(InputStream in, String thing) {
    throw new UnsupportedOperationException();
  }

  /** A stream that compresses what is written to it. */
  public OutputStream compress(OutputStream out) {
    throw new UnsupportedOperationException();
  }
}

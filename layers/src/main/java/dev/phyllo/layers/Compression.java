package dev.phyllo.layers;

import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/**
 * How a layer is compressed: what its first bytes say, whatever its media type says. Packers label
 * layers wrongly often enough that every engine looks.
 */
public enum Compression {
  /** Not compressed. */
  NONE(MediaTypes.OCI_LAYER),
  /** gzip, RFC 1952. */
  GZIP(MediaTypes.OCI_LAYER_GZIP),
  /** Zstandard, RFC 8878. */
  ZSTD(MediaTypes.OCI_LAYER_ZSTD);

  /** How many first bytes {@link #detect(byte[])} wants to see. */
  public static final int HEAD_BYTES = 16;

  private static final int BUFFER = 64 * 1024;

  private final String layerMediaType;

  Compression(String layerMediaType) {
    this.layerMediaType = layerMediaType;
  }

  /** The OCI media type of a layer compressed so. */
  public String layerMediaType() {
    return layerMediaType;
  }

  /**
   * What the first bytes of a stream say.
   *
   * @param head up to {@value #HEAD_BYTES} bytes; fewer where the stream has no more
   * @throws UnsupportedException if they are those of bzip2, xz or lz4
   */
  public static Compression detect(byte[] head) {
    return detect(head, "layer");
  }

  /** The same, with the name of what is looked at. */
  static Compression detect(byte[] head, String thing) {
    if (startsWith(head, 0x1f, 0x8b)) {
      return GZIP;
    }
    // A frame, or a skippable frame (16 magic numbers) in front of one: RFC 8878, 3.1.
    if (startsWith(head, 0x28, 0xb5, 0x2f, 0xfd)
        || head.length >= 4
            && (head[0] & 0xf0) == 0x50
            && (head[1] & 0xff) == 0x2a
            && (head[2] & 0xff) == 0x4d
            && (head[3] & 0xff) == 0x18) {
      return ZSTD;
    }
    if (startsWith(head, 0xfd, '7', 'z', 'X', 'Z', 0)) {
      throw unsupported(thing, "xz");
    }
    // A block header, or the end of an empty stream, follows the level digit.
    if (startsWith(head, 'B', 'Z', 'h')
        && head.length >= 10
        && ((head[4] & 0xff) == 0x31 && (head[5] & 0xff) == 0x41
            || (head[4] & 0xff) == 0x17 && (head[5] & 0xff) == 0x72)) {
      throw unsupported(thing, "bzip2");
    }
    if (startsWith(head, 0x04, 0x22, 0x4d, 0x18)) {
      throw unsupported(thing, "lz4");
    }
    return NONE;
  }

  /**
   * What the stream's next bytes say; they stay unread.
   *
   * @throws UnsupportedException if they are those of bzip2, xz or lz4
   * @throws SystemException if the stream cannot be read
   */
  public static Compression detect(BufferedInputStream in) {
    in.mark(HEAD_BYTES);
    try {
      byte[] head = in.readNBytes(HEAD_BYTES);
      in.reset();
      return detect(head);
    } catch (IOException e) {
      throw new SystemException("compressed stream", e);
    }
  }

  /** As {@link #decompress(InputStream, String)}; errors speak of {@code gzip stream} or so. */
  public InputStream decompress(InputStream in) {
    return decompress(in, layerMediaType);
  }

  /**
   * The decompressed content, to the very end of the stream: several gzip members or zstd frames
   * make one content. The result reads large blocks ahead, and closing it closes the stream.
   *
   * <p>Its read methods throw {@link dev.phyllo.oci.InvalidException} where the data is truncated,
   * damaged or followed by something else, and IOException only where the stream below does.
   *
   * @param thing what errors call it: a path, a digest
   */
  public InputStream decompress(InputStream in, String thing) {
    try {
      return switch (this) {
        case NONE -> in;
        case GZIP -> new GzipInputStream(in, thing);
        case ZSTD -> ZstdStreams.decompress(in, thing);
      };
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  /**
   * A stream that compresses what is written to it; closing it ends the data and closes the stream
   * below. The same input gives the same output: no name, no time, one thread. (Another release of
   * zlib or zstd may find a shorter output; the diffID is what stays.)
   */
  public OutputStream compress(OutputStream out) {
    try {
      return switch (this) {
        case NONE -> out;
        case GZIP -> new GZIPOutputStream(out, BUFFER);
        case ZSTD -> ZstdStreams.compress(out);
      };
    } catch (IOException e) {
      throw new SystemException("compressed stream", e);
    }
  }

  private static UnsupportedException unsupported(String thing, String format) {
    return new UnsupportedException(
        thing, "compressed with " + format, "decompress it, or use gzip or zstd");
  }

  private static boolean startsWith(byte[] head, int... magic) {
    if (head.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((head[i] & 0xff) != magic[i]) {
        return false;
      }
    }
    return true;
  }
}

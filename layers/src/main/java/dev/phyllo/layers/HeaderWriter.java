package dev.phyllo.layers;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Fills in one header block; {@link TarHeader} has the picture. Numbers are octal digits up to a
 * NUL, as GNU tar writes them.
 */
final class HeaderWriter {
  private static final byte[] USTAR = "ustar\00000".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OLD_GNU = "ustar  \0".getBytes(StandardCharsets.US_ASCII);

  final byte[] block = new byte[TarInput.BLOCK];

  /** Zeros everything and writes the magic. */
  void begin(TarWriter.Format format, char type) {
    Arrays.fill(block, (byte) 0);
    block[TarHeader.TYPE] = (byte) type;
    put(TarHeader.MAGIC, format == TarWriter.Format.PAX ? USTAR : OLD_GNU);
  }

  /** As much of the bytes as the field holds; a full field has no NUL at its end. */
  void text(int field, int length, byte[] value) {
    System.arraycopy(value, 0, block, field, Math.min(value.length, length));
  }

  /** The largest number that fits a field in octal. */
  static long maxOctal(int length) {
    return (1L << 3 * (length - 1)) - 1;
  }

  /** A number that fits, see {@link #maxOctal}. */
  void octal(int field, int length, long value) {
    long v = value;
    for (int i = field + length - 2; i >= field; i--) {
      block[i] = (byte) ('0' + (v & 7));
      v >>>= 3;
    }
  }

  /** A number in octal where it fits, in base-256 (big-endian two's complement) where not. */
  void numberGnu(int field, int length, long value) {
    if (value >= 0 && value <= maxOctal(length)) {
      octal(field, length, value);
      return;
    }
    long v = value;
    for (int i = field + length - 1; i >= field; i--) {
      block[i] = (byte) v;
      v >>= 8;
    }
    // The first byte marks the encoding: 0x80, or 0xff for negative numbers.
    block[field] |= (byte) 0x80;
  }

  /** Writes the checksum: six digits, NUL, space. */
  byte[] finish() {
    Arrays.fill(block, TarHeader.CHECKSUM, TarHeader.CHECKSUM + TarHeader.SHORT_NUMBER, (byte) ' ');
    int sum = 0;
    for (byte b : block) {
      sum += b & 0xff;
    }
    octal(TarHeader.CHECKSUM, TarHeader.SHORT_NUMBER - 1, sum);
    block[TarHeader.CHECKSUM + 6] = 0;
    return block;
  }

  private void put(int field, byte[] value) {
    System.arraycopy(value, 0, block, field, value.length);
  }
}

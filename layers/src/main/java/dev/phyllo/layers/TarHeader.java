package dev.phyllo.layers;

import dev.phyllo.oci.InvalidException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the fields of one 512-byte header block.
 *
 * <p>The layout is that of the ustar interchange format (POSIX.1-2017, pax(1), "ustar Interchange
 * Format"); the variations are in the GNU tar manual, "Basic Tar Format":
 *
 * <pre>
 *   0 name[100]      124 size[12]      257 magic[6]     329 devmajor[8]
 * 100 mode[8]        136 mtime[12]     263 version[2]   337 devminor[8]
 * 108 uid[8]         148 chksum[8]     265 uname[32]    345 prefix[155]   (ustar)
 * 116 gid[8]         156 typeflag[1]   297 gname[32]    345 atime[12]…    (old GNU)
 *                    157 linkname[100]
 * </pre>
 *
 * <p>Version 7 archives have nothing behind linkname; old GNU ones have the magic {@code "ustar "}
 * and, instead of prefix, times and a sparse map.
 */
final class TarHeader {
  static final int NAME = 0;
  static final int NAME_LENGTH = 100;
  static final int MODE = 100;
  static final int UID = 108;
  static final int GID = 116;
  static final int SIZE = 124;
  static final int MTIME = 136;
  static final int CHECKSUM = 148;
  static final int TYPE = 156;
  static final int LINK_NAME = 157;
  static final int MAGIC = 257;
  static final int USER_NAME = 265;
  static final int GROUP_NAME = 297;
  static final int OWNER_NAME_LENGTH = 32;
  static final int DEVICE_MAJOR = 329;
  static final int DEVICE_MINOR = 337;
  static final int PREFIX = 345;
  static final int PREFIX_LENGTH = 155;
  static final int SHORT_NUMBER = 8;
  static final int LONG_NUMBER = 12;

  /** Which of the three layouts a header has. */
  enum Kind {
    V7,
    USTAR,
    GNU
  }

  private final TarInput in;
  private final byte[] block;
  private int base;
  private long offset;
  private Kind kind = Kind.V7;

  private String lastUser = "";
  private String lastGroup = "";

  TarHeader(TarInput in) {
    this.in = in;
    this.block = in.buffer();
  }

  /** Looks at the block at an index of the input's buffer. */
  void at(int index) {
    base = index;
    offset = in.offset() - TarInput.BLOCK;
    kind = kindOf();
  }

  /** Where in the archive this header begins. */
  long offset() {
    return offset;
  }

  Kind kind() {
    return kind;
  }

  /** The type flag as it stands. */
  byte type() {
    return block[base + TYPE];
  }

  /** A byte of the header. */
  byte byteAt(int field) {
    return block[base + field];
  }

  /** Whether all bytes are zero: half of the end marker. */
  boolean isZero() {
    for (int i = base; i < base + TarInput.BLOCK; i++) {
      if (block[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Compares the checksum: the sum of all bytes, the checksum field itself taken as spaces. POSIX
   * wants unsigned bytes; some old systems summed signed ones, and both are accepted.
   */
  void verifyChecksum() {
    int unsigned = 0;
    int signed = 0;
    for (int i = base; i < base + TarInput.BLOCK; i++) {
      unsigned += block[i] & 0xff;
      signed += block[i];
    }
    for (int i = base + CHECKSUM; i < base + CHECKSUM + SHORT_NUMBER; i++) {
      unsigned += ' ' - (block[i] & 0xff);
      signed += ' ' - block[i];
    }
    long stored = number(CHECKSUM, SHORT_NUMBER, "checksum");
    if (stored != unsigned && stored != signed) {
      throw in.invalid(
          offset, "not a tar header: its checksum is " + unsigned + " but it says " + stored);
    }
  }

  /** The name, with the prefix where the format has one. */
  byte[] name() {
    byte[] name = text(NAME, NAME_LENGTH);
    if (kind != Kind.USTAR || block[base + PREFIX] == 0) {
      return name;
    }
    // star's own format ends in "tar\0" and keeps times in the last 24 bytes of prefix.
    boolean star = block[base + 508] == 't' && block[base + 509] == 'a' && block[base + 510] == 'r';
    byte[] prefix = text(PREFIX, star ? 131 : PREFIX_LENGTH);
    byte[] joined = Arrays.copyOf(prefix, prefix.length + 1 + name.length);
    joined[prefix.length] = '/';
    System.arraycopy(name, 0, joined, prefix.length + 1, name.length);
    return joined;
  }

  byte[] linkName() {
    return text(LINK_NAME, NAME_LENGTH);
  }

  /** The owner's name; the last one is kept, since a layer's entries mostly have the same. */
  String userName() {
    if (kind == Kind.V7) {
      return "";
    }
    lastUser = ownerName(USER_NAME, lastUser);
    return lastUser;
  }

  String groupName() {
    if (kind == Kind.V7) {
      return "";
    }
    lastGroup = ownerName(GROUP_NAME, lastGroup);
    return lastGroup;
  }

  /** A number that must not be negative. */
  long count(int field, int length, String what) {
    long n = number(field, length, what);
    if (n < 0) {
      throw in.invalid(offset + field, "a negative " + what + ": " + n);
    }
    return n;
  }

  /** A device number. */
  int device(int field, String what) {
    if (kind == Kind.V7) {
      return 0;
    }
    long n = count(field, SHORT_NUMBER, what);
    if (n > Integer.MAX_VALUE) {
      throw in.invalid(offset + field, "too large a " + what + ": " + n);
    }
    return (int) n;
  }

  /**
   * A numeric field: octal digits, perhaps after spaces, up to a space or NUL; or, when the first
   * bit is set, big-endian two's complement in the remaining bits (GNU tar manual, "Extensions";
   * "base-256").
   */
  long number(int field, int length, String what) {
    int i = base + field;
    int limit = i + length;
    if (block[i] < 0) {
      return base256(i, limit, field, what);
    }
    while (i < limit && (block[i] == ' ' || block[i] == 0)) {
      i++;
    }
    long n = 0;
    for (; i < limit; i++) {
      int digit = block[i] - '0';
      if (digit < 0 || digit > 7) {
        if (block[i] == ' ' || block[i] == 0) {
          break;
        }
        throw in.invalid(offset + field, "the " + what + " is not an octal number");
      }
      n = n << 3 | digit;
    }
    return n;
  }

  private long base256(int from, int limit, int field, String what) {
    // Bit 7 only marks the encoding; bit 6 is the sign, to be extended into bit 7's place.
    boolean negative = (block[from] & 0x40) != 0;
    long n = negative ? -1 : 0;
    int b = negative ? block[from] & 0xff : block[from] & 0x7f;
    for (int i = from; ; b = block[i] & 0xff) {
      if (n > Long.MAX_VALUE >> 8 || n < Long.MIN_VALUE >> 8) {
        throw in.invalid(offset + field, "the " + what + " does not fit 64 bits");
      }
      n = n << 8 | b;
      if (++i == limit) {
        break;
      }
    }
    return n;
  }

  private byte[] text(int field, int length) {
    int from = base + field;
    int to = from;
    while (to < from + length && block[to] != 0) {
      to++;
    }
    return Arrays.copyOfRange(block, from, to);
  }

  private String ownerName(int field, String last) {
    int from = base + field;
    int n = 0;
    boolean same = true;
    while (n < OWNER_NAME_LENGTH && block[from + n] != 0) {
      same = same && n < last.length() && last.charAt(n) == block[from + n];
      n++;
    }
    return same && n == last.length() ? last : new String(block, from, n, StandardCharsets.UTF_8);
  }

  private Kind kindOf() {
    int m = base + MAGIC;
    if (block[m] != 'u'
        || block[m + 1] != 's'
        || block[m + 2] != 't'
        || block[m + 3] != 'a'
        || block[m + 4] != 'r') {
      return Kind.V7;
    }
    return block[m + 5] == ' ' ? Kind.GNU : Kind.USTAR;
  }

  /** An error in this header. */
  InvalidException invalid(int field, String what) {
    return in.invalid(offset + field, what);
  }
}

package dev.phyllo.layers;

import java.util.Arrays;
import java.util.Base64;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What extended headers say: values that replace the fields of the next header (type {@code x}) or
 * of all that follow (type {@code g}).
 *
 * <p>POSIX.1-2017, pax(1), "pax Extended Header": records {@code "LENGTH KEY=VALUE\n"}, LENGTH
 * being the decimal length of the whole record; an empty value means that the header's own field
 * counts. Extended attributes come as {@code SCHILY.xattr.NAME} with raw bytes (star, GNU tar, Go)
 * or {@code LIBARCHIVE.xattr.NAME} with the name url-encoded and the value in base64 (bsdtar).
 */
final class PaxRecords {
  static final String SCHILY_XATTR = "SCHILY.xattr.";
  private static final String LIBARCHIVE_XATTR = "LIBARCHIVE.xattr.";

  // Which fields have been given, as bits; "kept" ones were given empty: the header's own counts.
  static final int PATH = 1;
  static final int LINK_PATH = 1 << 1;
  static final int SIZE = 1 << 2;
  static final int UID = 1 << 3;
  static final int GID = 1 << 4;
  static final int USER_NAME = 1 << 5;
  static final int GROUP_NAME = 1 << 6;
  static final int MTIME = 1 << 7;
  static final int DEVICE_MAJOR = 1 << 8;
  static final int DEVICE_MINOR = 1 << 9;

  int given;
  int kept;
  byte[] path = {};
  byte[] linkPath = {};
  byte[] userName = {};
  byte[] groupName = {};
  long size;
  long uid;
  long gid;
  long mtimeSeconds;
  int mtimeNanos;
  int deviceMajor;
  int deviceMinor;
  @Nullable SortedMap<RawPath, byte[]> xattrs;
  final SparsePax sparse = new SparsePax();

  private final TarInput in;
  private final int maxPathBytes;
  private final int maxExtents;

  PaxRecords(TarInput in, TarLimits limits) {
    this.in = in;
    this.maxPathBytes = limits.maxPathBytes();
    this.maxExtents = limits.maxExtents();
  }

  /** Forgets everything. */
  void clear() {
    given = 0;
    kept = 0;
    xattrs = null;
    sparse.clear();
  }

  /** Whether a value was given for a field. */
  boolean has(int field) {
    return (given & field) != 0;
  }

  /** Whether the field was mentioned at all, if only to say that the header's own value counts. */
  boolean mentions(int field) {
    return ((given | kept) & field) != 0;
  }

  /**
   * Reads records.
   *
   * @param data the content of an extended header
   * @param at where in the archive it begins, for errors
   */
  void parse(byte[] data, long at) {
    int i = 0;
    while (i < data.length) {
      int start = i;
      int length = 0;
      while (i < data.length && data[i] >= '0' && data[i] <= '9' && length <= data.length) {
        length = length * 10 + (data[i] - '0');
        i++;
      }
      if (i == start && isPadding(data, start)) {
        return;
      }
      int end = start + length;
      if (i == start || i >= data.length || data[i] != ' ' || length > data.length - start) {
        throw in.invalid(at + start, "a PAX record with a wrong length");
      }
      int key = i + 1;
      int equals = key;
      while (equals < end && data[equals] != '=') {
        equals++;
      }
      if (end <= key || data[end - 1] != '\n' || equals >= end - 1 || equals == key) {
        throw in.invalid(at + start, "a PAX record that is not LENGTH KEY=VALUE and a newline");
      }
      record(data, key, equals, end - 1, at + start);
      i = end;
    }
  }

  /** Some old writers fill the header's content up with NULs. */
  private static boolean isPadding(byte[] data, int from) {
    for (int i = from; i < data.length; i++) {
      if (data[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private void record(byte[] data, int keyAt, int equals, int end, long at) {
    // Keys are ASCII in practice; ISO-8859-1 keeps every byte of an attribute's name.
    @SuppressWarnings("deprecation")
    String key = new String(data, 0, keyAt, equals - keyAt);
    byte[] value = Arrays.copyOfRange(data, equals + 1, end);
    switch (key) {
      case "path" -> path = name(PATH, value, at, "path");
      case "linkpath" -> linkPath = name(LINK_PATH, value, at, "linkpath");
      case "uname" -> userName = name(USER_NAME, value, at, "uname");
      case "gname" -> groupName = name(GROUP_NAME, value, at, "gname");
      case "size" -> size = count(SIZE, value, at, "size");
      case "uid" -> uid = count(UID, value, at, "uid");
      case "gid" -> gid = count(GID, value, at, "gid");
      case "SCHILY.devmajor" -> deviceMajor = device(DEVICE_MAJOR, value, at, key);
      case "SCHILY.devminor" -> deviceMinor = device(DEVICE_MINOR, value, at, key);
      case "mtime" -> mtime(value, at);
      default -> {
        if (key.startsWith(SCHILY_XATTR)) {
          xattr(XattrNames.decodeSchily(key.substring(SCHILY_XATTR.length())), value, at);
        } else if (key.startsWith(LIBARCHIVE_XATTR)) {
          libarchiveXattr(key, value, at);
        } else if (key.startsWith(SparsePax.PREFIX)) {
          sparse.record(key, value, in, at, maxPathBytes, maxExtents);
        }
        // Everything else (atime, ctime, comment, vendors' own) has no place in a TarEntry.
      }
    }
  }

  private void libarchiveXattr(String key, byte[] value, long at) {
    byte[] decoded;
    try {
      decoded = Base64.getMimeDecoder().decode(value);
    } catch (IllegalArgumentException _) {
      throw in.invalid(at, "the value of " + key + " is not base64");
    }
    xattr(XattrNames.decodeUrl(key.substring(LIBARCHIVE_XATTR.length())), decoded, at);
  }

  private void xattr(byte[] name, byte[] value, long at) {
    if (name.length == 0) {
      throw in.invalid(at, "an extended attribute without a name");
    }
    noNul(name, at, "the name of an extended attribute");
    SortedMap<RawPath, byte[]> map = xattrs;
    if (map == null) {
      map = new TreeMap<>();
      xattrs = map;
    }
    map.put(RawPath.wrap(name), value);
  }

  private byte[] name(int field, byte[] value, long at, String key) {
    if (isGiven(field, value)) {
      noNul(value, at, key);
      if (value.length > maxPathBytes) {
        throw in.invalid(at, key + " of " + value.length + " bytes; the limit is " + maxPathBytes);
      }
    }
    return value;
  }

  private void noNul(byte[] value, long at, String key) {
    for (byte b : value) {
      if (b == 0) {
        throw in.invalid(at, "a NUL byte in " + key);
      }
    }
  }

  private long count(int field, byte[] value, long at, String key) {
    return isGiven(field, value) ? PaxNumbers.count(value, in, at, key) : 0;
  }

  private int device(int field, byte[] value, long at, String key) {
    long n = count(field, value, at, key);
    if (n > Integer.MAX_VALUE) {
      throw in.invalid(at, "too large a " + key + ": " + n);
    }
    return (int) n;
  }

  private void mtime(byte[] value, long at) {
    if (isGiven(MTIME, value)) {
      PaxNumbers.Time time = PaxNumbers.time(value, in, at);
      mtimeSeconds = time.seconds();
      mtimeNanos = time.nanos();
    }
  }

  private boolean isGiven(int field, byte[] value) {
    if (value.length == 0) {
      given &= ~field;
      kept |= field;
      return false;
    }
    given |= field;
    kept &= ~field;
    return true;
  }
}

package dev.phyllo.layers;

import org.jspecify.annotations.Nullable;

/**
 * The {@code GNU.sparse.*} records of a PAX header, in the three forms GNU tar has written (GNU tar
 * manual, "Storing Sparse Files", "PAX Format, Versions 0.0, 0.1 and 1.0").
 *
 * <ul>
 *   <li>0.0: {@code GNU.sparse.size}, then a pair {@code GNU.sparse.offset}, {@code
 *       GNU.sparse.numbytes} for each extent;
 *   <li>0.1: the pairs as one comma-separated {@code GNU.sparse.map}, the real name in {@code
 *       GNU.sparse.name};
 *   <li>1.0: {@code GNU.sparse.major} and {@code minor}, {@code GNU.sparse.realsize}, the name as
 *       in 0.1; the map itself begins the file's content.
 * </ul>
 */
final class SparsePax {
  static final String PREFIX = "GNU.sparse.";

  boolean seen;
  long major;
  long minor;
  long realSize;
  byte @Nullable [] name;

  /** The map of forms 0.0 and 0.1. */
  @Nullable SparseMap map;

  /** The offset whose length has not come yet, in form 0.0; negative when there is none. */
  private long pendingOffset;

  void clear() {
    seen = false;
    major = 0;
    minor = 0;
    realSize = -1;
    name = null;
    map = null;
    pendingOffset = -1;
  }

  /** Takes one record. */
  void record(String key, byte[] value, TarInput in, long at, int maxPathBytes, int maxExtents) {
    seen = true;
    switch (key.substring(PREFIX.length())) {
      case "major" -> major = PaxNumbers.count(value, in, at, key);
      case "minor" -> minor = PaxNumbers.count(value, in, at, key);
      case "size", "realsize" -> realSize = PaxNumbers.count(value, in, at, key);
      case "name" -> name = checkedName(value, in, at, maxPathBytes);
      case "numblocks" -> {
        if (PaxNumbers.count(value, in, at, key) > maxExtents) {
          throw in.invalid(at, "a sparse file of more than " + maxExtents + " extents");
        }
      }
      case "offset" -> {
        if (pendingOffset >= 0) {
          throw in.invalid(at, "GNU.sparse.offset twice without GNU.sparse.numbytes");
        }
        pendingOffset = PaxNumbers.count(value, in, at, key);
      }
      case "numbytes" -> {
        if (pendingOffset < 0) {
          throw in.invalid(at, "GNU.sparse.numbytes without GNU.sparse.offset");
        }
        map(maxExtents).add(pendingOffset, PaxNumbers.count(value, in, at, key), in, at);
        pendingOffset = -1;
      }
      case "map" -> commaSeparated(value, in, at, maxExtents);
      default -> {
        // Nothing else is defined.
      }
    }
  }

  private SparseMap map(int maxExtents) {
    SparseMap m = map;
    if (m == null) {
      m = new SparseMap(maxExtents);
      map = m;
    }
    return m;
  }

  private void commaSeparated(byte[] value, TarInput in, long at, int maxExtents) {
    map = null;
    SparseMap m = map(maxExtents);
    long offset = -1;
    int from = 0;
    while (from < value.length) {
      int to = from;
      while (to < value.length && value[to] != ',') {
        to++;
      }
      long n = PaxNumbers.count(value, from, to, in, at, "number in GNU.sparse.map");
      if (offset < 0) {
        offset = n;
      } else {
        m.add(offset, n, in, at);
        offset = -1;
      }
      from = to + 1;
    }
    if (offset >= 0) {
      throw in.invalid(at, "an odd number of numbers in GNU.sparse.map");
    }
  }

  private static byte[] checkedName(byte[] value, TarInput in, long at, int maxPathBytes) {
    if (value.length > maxPathBytes) {
      throw in.invalid(at, "a name of " + value.length + " bytes; the limit is " + maxPathBytes);
    }
    for (byte b : value) {
      if (b == 0) {
        throw in.invalid(at, "a NUL byte in GNU.sparse.name");
      }
    }
    return value;
  }
}

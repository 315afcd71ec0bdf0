package dev.phyllo.layers;

import java.util.ArrayList;
import java.util.List;

/** Collects the extents of one sparse file and refuses maps that make no sense. */
final class SparseMap {
  private final List<Extent> extents = new ArrayList<>();
  private final int maxExtents;
  private long end;
  private long stored;

  SparseMap(int maxExtents) {
    this.maxExtents = maxExtents;
  }

  /**
   * Adds the next extent.
   *
   * @param at where in the archive it is written, for errors
   */
  void add(long offset, long length, TarInput in, long at) {
    if (extents.size() >= maxExtents) {
      throw in.invalid(at, "a sparse file of more than " + maxExtents + " extents");
    }
    if (offset < 0 || length < 0 || offset > Long.MAX_VALUE - length) {
      throw in.invalid(at, "a sparse map whose extent does not fit 63 bits");
    }
    if (offset < end) {
      throw in.invalid(
          at,
          "a sparse map out of order or overlapping: data at "
              + offset
              + " after data that ends at "
              + end);
    }
    end = offset + length;
    // No overflow: extents do not overlap, so their sum is at most their last end.
    stored += length;
    extents.add(new Extent(offset, length));
  }

  /**
   * The finished map.
   *
   * @param size the file's logical size
   * @param storedSize how many bytes of content the archive has
   */
  List<Extent> finish(long size, long storedSize, TarInput in, long at) {
    if (end > size) {
      throw in.invalid(at, "a sparse map that ends at " + end + " in a file of " + size + " bytes");
    }
    if (stored != storedSize) {
      throw in.invalid(
          at, "a sparse map of " + stored + " bytes of data, but the archive has " + storedSize);
    }
    if (extents.isEmpty() && size > 0) {
      // A file that is one hole: the empty extent at its end says that it is sparse at all.
      extents.add(new Extent(size, 0));
    }
    return extents;
  }

  /**
   * Reads the map of an old GNU header (type {@code S}): four pairs in the header itself, then, as
   * long as the last block says so, blocks of 21 more. Leaves the header at the last such block.
   */
  static SparseMap readOldGnu(TarInput in, TarHeader header, int maxExtents) {
    SparseMap map = new SparseMap(maxExtents);
    boolean more = map.pairs(in, header, 386, 4) && header.byteAt(482) != 0;
    while (more) {
      long at = in.offset();
      int index = in.block();
      if (index < 0) {
        throw in.invalid(at, "truncated: the sparse map should go on here");
      }
      header.at(index);
      more = map.pairs(in, header, 0, 21) && header.byteAt(504) != 0;
    }
    return map;
  }

  /** Adds up to {@code count} pairs; false when an empty one ended the map. */
  private boolean pairs(TarInput in, TarHeader header, int field, int count) {
    for (int i = 0; i < count; i++) {
      int at = field + 24 * i;
      if (header.byteAt(at + 12) == 0) {
        return false;
      }
      long offset = header.count(at, TarHeader.LONG_NUMBER, "sparse offset");
      long length = header.count(at + 12, TarHeader.LONG_NUMBER, "sparse length");
      add(offset, length, in, header.offset() + at);
    }
    return true;
  }

  /**
   * Reads the map of PAX form 1.0, which begins the file's content: decimal numbers, each ended by
   * a newline (how many extents, then offset and length of each), padded to a whole block.
   *
   * @param available how many bytes of content there are
   */
  static SparseMap readPax10(TarInput in, long available, int maxExtents) {
    long at = in.offset();
    Pax10 numbers = new Pax10(in, available);
    long count = numbers.next();
    if (count > maxExtents) {
      throw in.invalid(at, "a sparse file of more than " + maxExtents + " extents");
    }
    SparseMap map = new SparseMap(maxExtents);
    for (long i = 0; i < count; i++) {
      long offset = numbers.next();
      map.add(offset, numbers.next(), in, numbers.at());
    }
    return map;
  }

  /** The numbers at the beginning of the content. */
  private static final class Pax10 {
    private final TarInput in;
    private long left;
    private int index;
    private int end;

    Pax10(TarInput in, long available) {
      this.in = in;
      this.left = available;
    }

    long at() {
      return in.offset() - (end - index);
    }

    long next() {
      long n = 0;
      int digits = 0;
      while (true) {
        if (index == end) {
          if (left < TarInput.BLOCK) {
            throw in.invalid(in.offset(), "a sparse map longer than the content it begins");
          }
          index = in.block();
          if (index < 0) {
            throw in.invalid(in.offset(), "truncated: the sparse map should go on here");
          }
          end = index + TarInput.BLOCK;
          left -= TarInput.BLOCK;
        }
        byte b = in.buffer()[index++];
        if (b == '\n' && digits > 0) {
          return n;
        }
        int digit = b - '0';
        if (digit < 0 || digit > 9) {
          throw in.invalid(at() - 1, "a sparse map that is not decimal numbers on lines");
        }
        if (n > (Long.MAX_VALUE - digit) / 10) {
          throw in.invalid(at() - 1, "a number in the sparse map does not fit 63 bits");
        }
        n = n * 10 + digit;
        digits++;
      }
    }
  }
}

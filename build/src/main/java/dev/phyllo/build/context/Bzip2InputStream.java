package dev.phyllo.build.context;

import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.io.InputStream;

/**
 * Reads what bzip2(1) writes: blocks of at most 900,000 bytes, each Burrows-Wheeler transformed,
 * moved to front, run-length and Huffman coded. Several streams one behind the other are one
 * content. Every index is checked against its bound, for the bytes come from strangers.
 */
final class Bzip2InputStream extends InputStream {
  private static final long BLOCK_MAGIC = 0x314159265359L;
  private static final long END_MAGIC = 0x177245385090L;
  private static final int GROUP = 50;
  private static final int MAX_LENGTH = 20;
  private static final int[] CRC = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int c = i << 24;
      for (int k = 0; k < 8; k++) {
        c = c < 0 ? c << 1 ^ 0x04c11db7 : c << 1;
      }
      CRC[i] = c;
    }
  }

  private final InputStream in;
  private final String thing;
  private int buffered;
  private int bits;
  private int blockSize;
  private boolean ended;

  // The block being given out.
  private int[] links = {};
  private int left;
  private int position;
  private int run;
  private int repeat;
  private int last = -1;
  private int wantedCrc;
  private int crc;

  Bzip2InputStream(InputStream in, String thing) throws IOException {
    this.in = in;
    this.thing = thing;
    header(in.read());
  }

  private void header(int first) throws IOException {
    if (first != 'B' || in.read() != 'Z' || in.read() != 'h') {
      throw bad("no bzip2 stream");
    }
    int level = in.read() - '0';
    if (level < 1 || level > 9) {
      throw bad("no such block size");
    }
    blockSize = level * 100_000;
  }

  @Override
  public int read() throws IOException {
    while (true) {
      if (repeat > 0) {
        repeat--;
        return give(last);
      }
      if (left == 0) {
        if (ended || !block()) {
          return -1;
        }
        continue;
      }
      int entry = links[position];
      position = entry >>> 8;
      left--;
      int b = entry & 0xff;
      if (run == 4) {
        // After four equal bytes comes how many more there are.
        run = 0;
        repeat = b;
        if (left == 0 && repeat == 0) {
          finishBlock();
        }
        continue;
      }
      run = b == last ? run + 1 : 1;
      last = b;
      return give(b);
    }
  }

  private int give(int b) throws IOException {
    crc = crc << 8 ^ CRC[(crc >>> 24 ^ b) & 0xff];
    if (left == 0 && repeat == 0 && run != 4) {
      finishBlock();
    } else if (left == 0 && repeat == 0) {
      throw bad("a run without its length");
    }
    return b;
  }

  private void finishBlock() throws IOException {
    if (~crc != wantedCrc) {
      throw bad("a block's checksum is another one");
    }
  }

  /** Decodes the next block; false at the end of everything. */
  private boolean block() throws IOException {
    long magic = (long) bits(24) << 24 | bits(24);
    while (magic == END_MAGIC) {
      bits(16);
      bits(16); // the checksum of the whole, which is that of its blocks
      buffered = 0;
      int next = in.read();
      if (next < 0) {
        ended = true;
        return false;
      }
      header(next);
      magic = (long) bits(24) << 24 | bits(24);
    }
    if (magic != BLOCK_MAGIC) {
      throw bad("no block where one should begin");
    }
    wantedCrc = bits(16) << 16 | bits(16);
    if (bits(1) != 0) {
      throw bad("a block of the randomised kind, which nobody writes any more");
    }
    int origin = bits(24);
    byte[] symbols = symbols();
    int count = moveToFront(symbols);
    if (origin >= count) {
      throw bad("a block that begins outside itself");
    }
    position = links[origin] >>> 8;
    left = count;
    run = 0;
    last = -1;
    crc = -1;
    return true;
  }

  private byte[] symbols() throws IOException {
    int groups = bits(16);
    byte[] used = new byte[256];
    int n = 0;
    for (int i = 0; i < 16; i++) {
      if ((groups >> 15 - i & 1) != 0) {
        int map = bits(16);
        for (int j = 0; j < 16; j++) {
          if ((map >> 15 - j & 1) != 0) {
            used[n++] = (byte) (i * 16 + j);
          }
        }
      }
    }
    if (n == 0) {
      throw bad("a block without bytes");
    }
    return java.util.Arrays.copyOf(used, n);
  }

  /** Huffman codes to the bytes of the last column, and from those to links. */
  private int moveToFront(byte[] symbols) throws IOException {
    int tables = bits(3);
    int selectors = bits(15);
    if (tables < 2 || tables > 6 || selectors == 0) {
      throw bad("no such number of tables");
    }
    byte[] order = {0, 1, 2, 3, 4, 5};
    byte[] selector = new byte[selectors];
    for (int i = 0; i < selectors; i++) {
      int at = 0;
      while (bits(1) != 0) {
        if (++at >= tables) {
          throw bad("a table that is not there");
        }
      }
      byte table = order[at];
      System.arraycopy(order, 0, order, 1, at);
      order[0] = table;
      selector[i] = table;
    }
    int alphabet = symbols.length + 2;
    Code[] codes = new Code[tables];
    for (int i = 0; i < tables; i++) {
      codes[i] = code(alphabet);
    }
    if (links.length < blockSize) {
      links = new int[blockSize];
    }
    byte[] front = symbols.clone();
    int[] counts = new int[256];
    int count = 0;
    int zeros = 0;
    int weight = 1;
    int decoded = 0;
    while (true) {
      if (decoded / GROUP >= selectors) {
        throw bad("more symbols than tables for them");
      }
      int symbol = decode(codes[selector[decoded++ / GROUP]]);
      if (symbol < 2) {
        // Runs of the front byte, their length in bijective base two.
        zeros += weight << symbol;
        weight <<= 1;
        if (zeros > blockSize || weight > blockSize * 2) {
          throw bad("a block longer than it may be");
        }
        continue;
      }
      if (zeros > 0) {
        if (count + zeros > blockSize) {
          throw bad("a block longer than it may be");
        }
        int b = front[0] & 0xff;
        counts[b] += zeros;
        for (; zeros > 0; zeros--) {
          links[count++] = b;
        }
        weight = 1;
      }
      if (symbol == alphabet - 1) {
        break;
      }
      if (count == blockSize) {
        throw bad("a block longer than it may be");
      }
      byte b = front[symbol - 1];
      System.arraycopy(front, 0, front, 1, symbol - 1);
      front[0] = b;
      counts[b & 0xff]++;
      links[count++] = b & 0xff;
    }
    int sum = 0;
    for (int i = 0; i < 256; i++) {
      int n = counts[i];
      counts[i] = sum;
      sum += n;
    }
    for (int i = 0; i < count; i++) {
      links[counts[links[i] & 0xff]++] |= i << 8;
    }
    return count;
  }

  /** A canonical Huffman code: by length, the first code, and where its symbols are. */
  private record Code(int[] limit, int[] base, int[] symbols, int shortest) {}

  private Code code(int alphabet) throws IOException {
    int[] lengths = new int[alphabet];
    int length = bits(5);
    int shortest = MAX_LENGTH;
    for (int i = 0; i < alphabet; i++) {
      while (true) {
        if (length < 1 || length > MAX_LENGTH) {
          throw bad("a code of no length");
        }
        if (bits(1) == 0) {
          break;
        }
        length += bits(1) == 0 ? 1 : -1;
      }
      lengths[i] = length;
      shortest = Math.min(shortest, length);
    }
    int[] perm = new int[alphabet];
    int[] limit = new int[MAX_LENGTH + 2];
    int[] base = new int[MAX_LENGTH + 2];
    int n = 0;
    int code = 0;
    for (int l = shortest; l <= MAX_LENGTH; l++) {
      base[l] = n - code;
      for (int i = 0; i < alphabet; i++) {
        if (lengths[i] == l) {
          perm[n++] = i;
          code++;
        }
      }
      limit[l] = code;
      code <<= 1;
    }
    return new Code(limit, base, perm, shortest);
  }

  private int decode(Code code) throws IOException {
    int value = bits(code.shortest);
    for (int l = code.shortest; l <= MAX_LENGTH; l++) {
      if (value < code.limit[l]) {
        int at = value + code.base[l];
        if (at >= 0 && at < code.symbols.length) {
          return code.symbols[at];
        }
        break;
      }
      value = value << 1 | bits(1);
    }
    throw bad("a code that means nothing");
  }

  private int bits(int n) throws IOException {
    while (buffered < n) {
      int b = in.read();
      if (b < 0) {
        throw bad("it ends early");
      }
      bits = bits << 8 | b;
      buffered += 8;
    }
    buffered -= n;
    return bits >>> buffered & (1 << n) - 1;
  }

  private InvalidException bad(String why) {
    return new InvalidException(thing, "damaged bzip2 data: " + why, "");
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}

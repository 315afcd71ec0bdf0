package dev.phyllo.layers;

import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads gzip (RFC 1952), any number of members, to the end of the stream.
 *
 * <p>The JDK's own GZIPInputStream takes whatever follows a member and is not another one for the
 * end, and decides by {@code available()} whether to look: a layer cut off between members, or with
 * something else behind it, would pass. Here every byte belongs to a member or is an error.
 */
final class GzipInputStream extends InputStream {
  private static final int BUFFER = 256 * 1024;

  // RFC 1952, 2.3.1: the flags that announce optional header fields.
  private static final int HEADER_CRC = 1 << 1;
  private static final int EXTRA = 1 << 2;
  private static final int NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0xe0;

  private final InputStream in;
  private final String thing;
  private final byte[] buffer = new byte[BUFFER];
  private int position;
  private int end;
  private long consumed;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private boolean inMember;
  private boolean anyMember;
  private boolean ended;
  private byte[] one = {};

  GzipInputStream(InputStream in, String thing) {
    this.in = in;
    this.thing = thing;
  }

  @Override
  public int read() throws IOException {
    if (one.length == 0) {
      one = new byte[1];
    }
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    if (len == 0) {
      return 0;
    }
    while (!ended) {
      if (!inMember && !beginMember()) {
        ended = true;
        break;
      }
      int n = inflate(b, off, len);
      if (n > 0) {
        crc.update(b, off, n);
        return n;
      }
      endMember();
    }
    return -1;
  }

  /** Inflates at least a byte, or returns 0 at the end of the member. */
  private int inflate(byte[] b, int off, int len) throws IOException {
    try {
      while (true) {
        int n = inflater.inflate(b, off, len);
        if (n > 0) {
          return n;
        }
        if (inflater.finished()) {
          return 0;
        }
        if (inflater.needsDictionary()) {
          throw invalid("gzip data that needs a dictionary");
        }
        if (!fill()) {
          throw invalid("truncated gzip: the compressed data ends early");
        }
        inflater.setInput(buffer, 0, end);
        // What the inflater does not want is given back at the end of the member.
        position = end;
      }
    } catch (DataFormatException e) {
      String why = e.getMessage();
      throw new InvalidException(
          thing,
          "compressed byte "
              + (consumed - inflater.getRemaining())
              + ": damaged gzip data"
              + (why == null ? "" : ": " + why),
          "",
          e);
    }
  }

  private boolean beginMember() throws IOException {
    int first = next();
    if (first < 0) {
      if (!anyMember) {
        throw invalid("truncated gzip: no data at all");
      }
      return false;
    }
    int second = next();
    if (!anyMember && first == 0x1f && second < 0) {
      throw invalid("truncated gzip: a single byte");
    }
    if (first != 0x1f || second != 0x8b) {
      throw invalid(anyMember ? "trailing garbage after the gzip data" : "not gzip");
    }
    int method = need();
    if (method != 8) {
      throw invalid("gzip with unknown compression method " + method);
    }
    int flags = need();
    if ((flags & RESERVED) != 0) {
      throw invalid("a gzip header with reserved flags");
    }
    // Time (4 bytes), extra flags and operating system say nothing about the content.
    for (int i = 0; i < 6; i++) {
      need();
    }
    if ((flags & EXTRA) != 0) {
      for (int left = need() | need() << 8; left > 0; left--) {
        need();
      }
    }
    for (int text = flags & (NAME | COMMENT); text != 0; text &= text - 1) {
      while (need() != 0) {
        // The member's name or comment, ended by NUL.
      }
    }
    if ((flags & HEADER_CRC) != 0) {
      need();
      need();
    }
    anyMember = true;
    inMember = true;
    crc.reset();
    inflater.reset();
    if (position < end) {
      inflater.setInput(buffer, position, end - position);
      consumed += end - position;
      position = end;
    }
    return true;
  }

  private void endMember() throws IOException {
    int unused = inflater.getRemaining();
    position = end - unused;
    consumed -= unused;
    long expectedCrc = littleEndian();
    long expectedSize = littleEndian();
    if (expectedCrc != crc.getValue()) {
      throw invalid("damaged gzip: the checksum is not that of the data");
    }
    if (expectedSize != (inflater.getBytesWritten() & 0xffff_ffffL)) {
      throw invalid("damaged gzip: the length is not that of the data");
    }
    inMember = false;
  }

  private long littleEndian() throws IOException {
    long n = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      n |= (long) need() << shift;
    }
    return n;
  }

  private int need() throws IOException {
    int b = next();
    if (b < 0) {
      throw invalid("truncated gzip: a header or checksum is cut off");
    }
    return b;
  }

  private int next() throws IOException {
    if (position == end && !fillRaw()) {
      return -1;
    }
    consumed++;
    return buffer[position++] & 0xff;
  }

  /** Fills the whole buffer's worth for the inflater, which then has consumed it. */
  private boolean fill() throws IOException {
    if (!fillRaw()) {
      return false;
    }
    consumed += end;
    return true;
  }

  private boolean fillRaw() throws IOException {
    int n = in.read(buffer, 0, BUFFER);
    position = 0;
    end = Math.max(n, 0);
    return n > 0;
  }

  private InvalidException invalid(String why) {
    return new InvalidException(thing, "compressed byte " + consumed + ": " + why, "");
  }

  @Override
  public void close() throws IOException {
    ended = true;
    inflater.end();
    in.close();
  }
}

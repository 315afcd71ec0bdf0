package dev.phyllo.engine.pack;

import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;

/** Numbers and strings of an ELF file, each read only where the file has bytes. */
final class ElfBytes {
  private static final int MAX_STRING = 4096; // PATH_MAX
  private static final int WINDOW = 4096;

  private final SeekableByteChannel channel;
  private final String thing;
  private final long size;
  private final boolean is64;
  private final boolean littleEndian;
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW);
  private long windowAt;

  private ElfBytes(SeekableByteChannel channel, String thing, byte[] ident) throws IOException {
    this.channel = channel;
    this.thing = thing;
    this.size = channel.size();
    this.is64 = ident[4] == 2;
    this.littleEndian = ident[5] == 1;
    window.order(littleEndian ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    window.limit(0);
  }

  /** Checks the identification, elf(5) {@code e_ident}, and that the header is all there. */
  static ElfBytes open(SeekableByteChannel channel, String thing) throws IOException {
    ByteBuffer ident = ByteBuffer.allocate(16);
    channel.position(0);
    while (ident.hasRemaining() && channel.read(ident) >= 0) {}
    byte[] b = ident.array();
    if (ident.hasRemaining() || !ElfFile.isElf(b)) {
      throw new InvalidException(
          thing,
          "not an ELF file",
          "give a program, or pack scripts as files beside their interpreter");
    }
    if (b[4] != 1 && b[4] != 2 || b[5] != 1 && b[5] != 2) {
      throw new InvalidException(
          thing, "an ELF file of unknown class or byte order", "give a program of this machine");
    }
    ElfBytes in = new ElfBytes(channel, thing, b);
    in.check(0, in.is64 ? 64 : 52, "ELF header");
    return in;
  }

  boolean is64() {
    return is64;
  }

  boolean littleEndian() {
    return littleEndian;
  }

  int u16(long at) throws IOException {
    return window(at, 2).getShort() & 0xffff;
  }

  int i32(long at) throws IOException {
    return window(at, 4).getInt();
  }

  /** An address, offset or size: 8 bytes in the 64-bit class, 4 otherwise. */
  long word(long at) throws IOException {
    return is64 ? window(at, 8).getLong() : window(at, 4).getInt() & 0xffffffffL;
  }

  /** The bytes up to a zero byte, which must come before {@code limit}. */
  String string(long at, long limit, String what) throws IOException {
    check(at, limit, what);
    StringBuilder out = new StringBuilder();
    // As Latin-1 first: a name is bytes, and is decoded once it is whole.
    for (long i = 0; i < limit && i < MAX_STRING; i++) {
      byte b = window(at + i, 1).get();
      if (b == 0) {
        return new String(
            out.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
      }
      out.append((char) (b & 0xff));
    }
    throw invalid(what + " has no end within " + Math.min(limit, MAX_STRING) + " bytes");
  }

  /** Refuses a range that is not wholly in the file; a 64-bit offset may look negative here. */
  void check(long at, long length, String what) {
    if (at < 0 || length < 0 || at > size || length > size - at) {
      throw invalid(what + " reaches behind the end of the file");
    }
  }

  InvalidException invalid(String why) {
    return new InvalidException(
        thing, "malformed ELF file: " + why, "build or install the program again");
  }

  /** The window, positioned at a place that has at least this many bytes. */
  private ByteBuffer window(long at, int length) throws IOException {
    check(at, length, "a field");
    if (at < windowAt || at + length > windowAt + window.limit()) {
      window.clear();
      windowAt = at;
      channel.position(at);
      while (window.hasRemaining() && channel.read(window) > 0) {}
      window.flip();
      if (window.remaining() < length) {
        throw invalid("the file became shorter while it was read");
      }
    }
    return window.position((int) (at - windowAt));
  }
}

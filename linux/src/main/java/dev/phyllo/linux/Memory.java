package dev.phyllo.linux;

import dev.phyllo.oci.InvalidException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A block of memory outside the heap, at an address the kernel can be given.
 *
 * <p>It is handed out from the front, never back: a plan or a thread fills it and starts over with
 * {@link #reset()}. Freed with the object.
 */
final class Memory {
  private final ByteBuffer buffer;
  private final long base;
  private int used;

  Memory(int size) {
    NativeEntry.require();
    buffer = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
    base = NativeEntry.address(buffer);
  }

  /** A block that will be at this address in another process. */
  Memory(int size, long base) {
    buffer = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    this.base = base;
  }

  /** How much has been handed out. */
  int used() {
    return used;
  }

  /** Forgets everything handed out. */
  void reset() {
    used = 0;
  }

  int size() {
    return buffer.capacity();
  }

  /** The buffer itself; positions are offsets from {@link #base()}. */
  ByteBuffer buffer() {
    return buffer;
  }

  long base() {
    return base;
  }

  boolean contains(long address) {
    return address >= base && address < base + buffer.capacity();
  }

  /** Room for a structure, aligned to 8; its bytes are what was there before. */
  long room(int size) {
    int offset = used + 7 & ~7;
    if (size > buffer.capacity() - offset) {
      throw new InvalidException(
          "an argument of " + size + " bytes", "is longer than the kernel takes", "");
    }
    used = offset + size;
    return base + offset;
  }

  /** The bytes, followed by a NUL; a NUL inside is refused, for the kernel would stop there. */
  long cstring(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        throw new InvalidException(Text.of(bytes), "a name cannot hold a NUL byte", "");
      }
    }
    long at = room(bytes.length + 1);
    int offset = (int) (at - base);
    buffer.put(offset, bytes, 0, bytes.length);
    buffer.put(offset + bytes.length, (byte) 0);
    return at;
  }

  /** The bytes as they are. */
  long bytes(byte[] bytes) {
    long at = room(bytes.length);
    buffer.put((int) (at - base), bytes, 0, bytes.length);
    return at;
  }

  void putLong(long address, long value) {
    buffer.putLong((int) (address - base), value);
  }

  /** The first so many of them, one after the other. */
  void putLongs(long address, long[] values, int count) {
    buffer.position((int) (address - base)).asLongBuffer().put(values, 0, count);
    buffer.position(0);
  }

  void putInt(long address, int value) {
    buffer.putInt((int) (address - base), value);
  }

  void putShort(long address, int value) {
    buffer.putShort((int) (address - base), (short) value);
  }

  long getLong(long address) {
    return buffer.getLong((int) (address - base));
  }

  int getInt(long address) {
    return buffer.getInt((int) (address - base));
  }

  int getShort(long address) {
    return buffer.getShort((int) (address - base)) & 0xffff;
  }

  byte[] get(long address, int length) {
    byte[] bytes = new byte[length];
    buffer.get((int) (address - base), bytes, 0, length);
    return bytes;
  }

  /** The bytes from an address up to the next NUL. */
  byte[] cstringAt(long address) {
    int from = (int) (address - base);
    int to = from;
    while (to < buffer.capacity() && buffer.get(to) != 0) {
      to++;
    }
    return get(address, to - from);
  }
}

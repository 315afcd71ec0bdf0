package dev.phyllo.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of a C structure, written field by field; padding is written by hand. */
final class Struct {
  private final ByteBuffer buffer;

  private Struct(int size) {
    buffer = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
  }

  static Struct of(int size) {
    return new Struct(size);
  }

  Struct i16(int value) {
    buffer.putShort((short) value);
    return this;
  }

  Struct i32(int value) {
    buffer.putInt(value);
    return this;
  }

  Struct i64(long value) {
    buffer.putLong(value);
    return this;
  }

  Struct raw(byte[] bytes) {
    buffer.put(bytes);
    return this;
  }

  /** All of them; fields not written are 0. */
  byte[] bytes() {
    return buffer.array();
  }
}

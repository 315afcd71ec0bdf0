package dev.phyllo.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * Writes a program of classic BPF (the kernel's documentation, networking/filter) backwards.
 *
 * <p>Jumps lead forward only, so whoever writes the end first knows where every jump leads. A place
 * is therefore counted from the end. A conditional jump reaches 255 instructions; for one that
 * leads further an unconditional one is put behind it, which reaches anywhere.
 */
final class Program {
  static final int LOAD = 0x20;
  static final int AND = 0x54;
  static final int JUMP = 0x05;
  static final int JUMP_EQUAL = 0x15;
  static final int JUMP_GREATER = 0x25;
  static final int JUMP_GREATER_OR_EQUAL = 0x35;
  static final int RETURN = 0x06;

  /** BPF_MAXINSNS: the kernel takes no longer program. */
  static final int MOST = 4096;

  private static final int REACH = 255;
  private static final int INSTRUCTION = 8;

  private long[] code = new long[256];
  private int length;
  private final Map<Integer, Integer> returns = new HashMap<>();

  int length() {
    return length;
  }

  /** Writes an instruction before all others; after it comes the one written before. */
  int put(int opcode, int ifTrue, int ifFalse, int value) {
    if (length == code.length) {
      code = java.util.Arrays.copyOf(code, 2 * length);
    }
    code[length] =
        Integer.toUnsignedLong(value) << 32 | (long) ifFalse << 24 | (long) ifTrue << 16 | opcode;
    return length++;
  }

  /** A place that ends the program with a value; one near by is used again. */
  int ending(int value) {
    Integer known = returns.get(value);
    if (known != null && length - known < REACH / 2) {
      return known;
    }
    int place = put(RETURN, 0, 0, value);
    returns.put(value, place);
    return place;
  }

  /** A conditional jump. */
  int branch(int opcode, int value, int ifTrue, int ifFalse) {
    int yes = ifTrue;
    int no = ifFalse;
    // Written first, a hop is further away than one written second: so look after both.
    if (length - no - 1 > REACH - 1) {
      no = hop(no);
    }
    if (length - yes - 1 > REACH) {
      yes = hop(yes);
    }
    return put(opcode, length - yes - 1, length - no - 1, value);
  }

  private int hop(int to) {
    return put(JUMP, 0, 0, length - to - 1);
  }

  /** Goes on at a place, unless that comes next anyway. */
  void goOn(int to) {
    if (to != length - 1) {
      hop(to);
    }
  }

  /** struct sock_filter after struct sock_filter: opcode, two distances, a number. */
  byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(INSTRUCTION * length).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = length - 1; i >= 0; i--) {
      long c = code[i];
      out.putShort((short) c).put((byte) (c >> 16)).put((byte) (c >> 24)).putInt((int) (c >> 32));
    }
    return out.array();
  }
}

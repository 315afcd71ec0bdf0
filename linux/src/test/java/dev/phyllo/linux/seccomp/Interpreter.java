package dev.phyllo.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Runs classic BPF as the kernel's documentation (networking/filter) describes it, and checks what
 * the kernel checks before it takes a program: only known instructions, jumps that stay inside.
 */
final class Interpreter {
  private final ByteBuffer code;
  private final int length;

  /** How many instructions the last run took. */
  int steps;

  Interpreter(byte[] program) {
    code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    length = program.length / 8;
    if (program.length % 8 != 0 || length == 0 || length > 4096) {
      throw new IllegalArgumentException("length " + program.length);
    }
    for (int i = 0; i < length; i++) {
      check(i);
    }
    if (opcode(length - 1) != 0x06) {
      throw new IllegalArgumentException("runs out at its end");
    }
  }

  private void check(int i) {
    switch (opcode(i)) {
      case 0x20 -> {
        if (number(i) < 0 || number(i) > 60 || number(i) % 4 != 0) {
          throw new IllegalArgumentException("loads from " + number(i));
        }
      }
      case 0x54, 0x06 -> {}
      case 0x05 -> inside(i, Integer.toUnsignedLong(number(i)));
      case 0x15, 0x25, 0x35 -> {
        inside(i, code.get(8 * i + 2) & 0xff);
        inside(i, code.get(8 * i + 3) & 0xff);
      }
      default -> throw new IllegalArgumentException("opcode " + opcode(i));
    }
  }

  private void inside(int i, long distance) {
    if (i + 1 + distance >= length) {
      throw new IllegalArgumentException("jumps out at " + i);
    }
  }

  private int opcode(int i) {
    return code.getShort(8 * i);
  }

  private int number(int i) {
    return code.getInt(8 * i + 4);
  }

  /** What becomes of a call. */
  Action run(Architecture architecture, int nr, long... arguments) {
    return run(architecture.audit, nr, arguments);
  }

  Action run(int audit, int nr, long... arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(0, nr).putInt(4, audit).putLong(8, 0x7fff_1234_5678L);
    for (int i = 0; i < arguments.length; i++) {
      data.putLong(16 + 8 * i, arguments[i]);
    }
    int accumulator = 0;
    steps = 0;
    for (int at = 0; ; steps++) {
      int k = number(at);
      switch (opcode(at)) {
        case 0x20 -> accumulator = data.getInt(k);
        case 0x54 -> accumulator &= k;
        case 0x05 -> at += k;
        case 0x15 -> at += jump(at, accumulator == k);
        case 0x25 -> at += jump(at, Integer.compareUnsigned(accumulator, k) > 0);
        case 0x35 -> at += jump(at, Integer.compareUnsigned(accumulator, k) >= 0);
        default -> {
          return new Action(k);
        }
      }
      at++;
    }
  }

  private int jump(int at, boolean holds) {
    return code.get(8 * at + (holds ? 2 : 3)) & 0xff;
  }
}

package dev.phyllo.linux.entry;

/**
 * The x86-64 instructions that the entry is made of (Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2). Written in Intel's operand order: destination first.
 */
final class X64 extends Assembler {
  /** Registers by number; the names are those of their 64 and 32 bit forms. */
  enum Reg {
    RAX(0, "eax"),
    RCX(1, "ecx"),
    RDX(2, "edx"),
    RBX(3, "ebx"),
    RSP(4, "esp"),
    RBP(5, "ebp"),
    RSI(6, "esi"),
    RDI(7, "edi"),
    R8(8, "r8d"),
    R9(9, "r9d"),
    R10(10, "r10d"),
    R11(11, "r11d"),
    R12(12, "r12d"),
    R13(13, "r13d"),
    R14(14, "r14d"),
    R15(15, "r15d");

    final int number;
    final String low;

    Reg(int number, String low) {
      this.number = number;
      this.low = low;
    }

    String wide() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** Conditions of a jump: the low four bits of its opcode. */
  enum Condition {
    B(0x2),
    AE(0x3),
    E(0x4),
    NE(0x5),
    S(0x8);

    final int code;

    Condition(int code) {
      this.code = code;
    }
  }

  void movRegReg(Reg to, Reg from) {
    line("mov", to.wide() + "," + from.wide());
    rex(from, to);
    emit8(0x89);
    emit8(0xc0 | (from.number & 7) << 3 | to.number & 7);
  }

  /** Loads 64 bits. */
  void load(Reg to, Reg base, int offset) {
    line("mov", to.wide() + "," + memory("QWORD", base, offset));
    rex(to, base);
    emit8(0x8b);
    modRm(to.number, base, offset);
  }

  /** Stores 64 bits. */
  void store(Reg base, int offset, Reg from) {
    line("mov", memory("QWORD", base, offset) + "," + from.wide());
    rex(from, base);
    emit8(0x89);
    modRm(from.number, base, offset);
  }

  /** Loads a number of up to 32 bits, zero-extended. */
  void movImm(Reg to, int value) {
    line("mov", to.low + "," + hex(value));
    if (to.number >= 8) {
      emit8(0x41);
    }
    emit8(0xb8 | to.number & 7);
    emit32(value);
  }

  /** Loads a small negative number, sign-extended to 64 bits. */
  void movNegative(Reg to, int value) {
    line("mov", to.wide() + ",0x" + Long.toHexString(value));
    rex(Reg.RAX, to);
    emit8(0xc7);
    emit8(0xc0 | to.number & 7);
    emit32(value);
  }

  /** Loads 32 bits of data. */
  void load32(Reg to, Label data) {
    line("mov", to.low + ",DWORD PTR [rip+" + data.name + "]");
    emit8(0x8b);
    ripRelative(to, data);
  }

  /** Stores 32 bits of data. */
  void store32(Label data, Reg from) {
    line("mov", "DWORD PTR [rip+" + data.name + "]," + from.low);
    if (from.number >= 8) {
      emit8(0x44);
    }
    emit8(0x89);
    ripRelative(from, data);
  }

  /** Loads 32 bits, zero-extended. */
  void load32(Reg to, Reg base, int offset) {
    line("mov", to.low + "," + memory("DWORD", base, offset));
    rex32(to, base);
    emit8(0x8b);
    modRm(to.number, base, offset);
  }

  /** Stores 32 bits. */
  void store32(Reg base, int offset, Reg from) {
    line("mov", memory("DWORD", base, offset) + "," + from.low);
    rex32(from, base);
    emit8(0x89);
    modRm(from.number, base, offset);
  }

  /** Adds a number of seven bits. */
  void add(Reg to, int value) {
    line("add", to.wide() + "," + hex(value));
    rex(Reg.RAX, to);
    emit8(0x83);
    emit8(0xc0 | to.number & 7);
    emit8(value);
  }

  void add(Reg to, Reg from) {
    line("add", to.wide() + "," + from.wide());
    rex(from, to);
    emit8(0x01);
    emit8(0xc0 | (from.number & 7) << 3 | to.number & 7);
  }

  void sub(Reg to, Reg from) {
    line("sub", to.wide() + "," + from.wide());
    rex(from, to);
    emit8(0x29);
    emit8(0xc0 | (from.number & 7) << 3 | to.number & 7);
  }

  void cmp(Reg a, Reg b) {
    line("cmp", a.wide() + "," + b.wide());
    rex(b, a);
    emit8(0x39);
    emit8(0xc0 | (b.number & 7) << 3 | a.number & 7);
  }

  void dec(Reg reg) {
    line("dec", reg.wide());
    rex(Reg.RAX, reg);
    emit8(0xff);
    emit8(0xc8 | reg.number & 7);
  }

  /** Adds one to the byte that a register, one of the first eight, points to. */
  void incByte(Reg at) {
    line("inc", memory("BYTE", at, 0));
    emit8(0xfe);
    modRm(0, at, 0);
  }

  /** Compares the byte that a register, one of the first eight, points to. */
  void cmpByte(Reg at, int value) {
    line("cmp", memory("BYTE", at, 0) + "," + hex(value));
    emit8(0x80);
    modRm(7, at, 0);
    emit8(value);
  }

  /** Stores a byte where a register, one of the first eight, points to. */
  void storeByte(Reg at, int value) {
    line("mov", memory("BYTE", at, 0) + "," + hex(value));
    emit8(0xc6);
    modRm(0, at, 0);
    emit8(value);
  }

  /** The address of a label. */
  void lea(Reg to, Label label) {
    line("lea", to.wide() + ",[rip+" + label.name + "]");
    rex(to, Reg.RAX);
    emit8(0x8d);
    ripRelative(to, label);
  }

  void test(Reg a, Reg b) {
    line("test", a.wide() + "," + b.wide());
    rex(b, a);
    emit8(0x85);
    emit8(0xc0 | (b.number & 7) << 3 | a.number & 7);
  }

  /** Compares with a signed number. */
  void cmp(Reg a, int value) {
    boolean small = value == (byte) value;
    line("cmp", a.wide() + "," + hex(value));
    rex(Reg.RAX, a);
    if (small) {
      emit8(0x83);
    } else if (a == Reg.RAX) {
      emit8(0x3d); // the short form of the accumulator
      emit32(value);
      return;
    } else {
      emit8(0x81);
    }
    emit8(0xf8 | a.number & 7);
    if (small) {
      emit8(value);
    } else {
      emit32(value);
    }
  }

  void neg(Reg reg) {
    line("neg", reg.wide());
    rex(Reg.RAX, reg);
    emit8(0xf7);
    emit8(0xd8 | reg.number & 7);
  }

  /** Copies bit number {@code bit} of the bit string at an address, of any length, to the carry. */
  void bt(Reg base, int offset, Reg bit) {
    line("bt", memory("QWORD", base, offset) + "," + bit.wide());
    rex(bit, base);
    emit8(0x0f);
    emit8(0xa3);
    modRm(bit.number, base, offset);
  }

  void jump(Label to) {
    line("jmp", to.name);
    emit8(0xeb);
    shortJump(to);
  }

  /** A jump of any distance. */
  void jumpFar(Label to) {
    line("jmp", to.name);
    emit8(0xe9);
    farJump(to);
  }

  /** A jump of any distance. */
  void jumpFar(Condition condition, Label to) {
    line("j" + condition.name().toLowerCase(java.util.Locale.ROOT), to.name);
    emit8(0x0f);
    emit8(0x80 | condition.code);
    farJump(to);
  }

  private void farJump(Label to) {
    int at = size();
    emit32(0);
    later(address -> patch32(at, Math.toIntExact(to.address() - (address + at + 4))));
  }

  void jump(Condition condition, Label to) {
    line("j" + condition.name().toLowerCase(java.util.Locale.ROOT), to.name);
    emit8(0x70 | condition.code);
    shortJump(to);
  }

  /** Jumps to the address found in memory. */
  void jumpMemory(Reg base, int offset) {
    line("jmp", memory("QWORD", base, offset));
    if (base.number >= 8) {
      emit8(0x41);
    }
    emit8(0xff);
    modRm(4, base, offset);
  }

  void push(Reg reg) {
    line("push", reg.wide());
    emit8(0x50 | reg.number);
  }

  void pop(Reg reg) {
    line("pop", reg.wide());
    emit8(0x58 | reg.number);
  }

  void ret() {
    line("ret", "");
    emit8(0xc3);
  }

  void syscall() {
    line("syscall", "");
    emit8(0x0f);
    emit8(0x05);
  }

  /** Undefined on purpose: never reached. */
  void ud2() {
    line("ud2", "");
    emit8(0x0f);
    emit8(0x0b);
  }

  /** REX prefix: 64 bit operands, and the fourth bits of both registers. */
  private void rex(Reg reg, Reg rm) {
    emit8(0x48 | reg.number >> 3 << 2 | rm.number >> 3);
  }

  /** The same for 32 bit operands, where it may be missing. */
  private void rex32(Reg reg, Reg rm) {
    int high = reg.number >> 3 << 2 | rm.number >> 3;
    if (high != 0) {
      emit8(0x40 | high);
    }
  }

  /** [base + offset]; the stack pointer's number as base needs a SIB byte. */
  private void modRm(int reg, Reg base, int offset) {
    int low = base.number & 7;
    boolean zero = offset == 0 && low != 5;
    boolean small = offset == (byte) offset;
    int mode = zero ? 0 : small ? 1 : 2;
    emit8(mode << 6 | (reg & 7) << 3 | low);
    if (low == 4) {
      emit8(0x24);
    }
    if (mode == 1) {
      emit8(offset);
    } else if (mode == 2) {
      emit32(offset);
    }
  }

  private void ripRelative(Reg reg, Label label) {
    emit8((reg.number & 7) << 3 | 5);
    int at = size();
    emit32(0);
    later(address -> patch32(at, Math.toIntExact(label.address() - (address + at + 4))));
  }

  private void shortJump(Label to) {
    int at = size();
    emit8(0);
    later(address -> {
      long distance = to.address() - (address + at + 1);
      if (distance != (byte) distance) {
        throw new IllegalStateException("too far for a short jump: " + to.name);
      }
      patch8(at, (int) distance);
    });
  }

  private static String memory(String size, Reg base, int offset) {
    String plus = offset == 0 ? "" : "+0x" + Integer.toHexString(offset);
    return size + " PTR [" + base.wide() + plus + "]";
  }

  private static String hex(int value) {
    return "0x" + Long.toHexString(value);
  }
}

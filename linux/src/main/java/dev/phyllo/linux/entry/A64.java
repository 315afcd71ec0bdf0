package dev.phyllo.linux.entry;

/**
 * The aarch64 instructions that the entry is made of (Arm Architecture Reference Manual for
 * A-profile, chapter C6). A register is its number; 31 is the stack pointer in addresses.
 */
final class A64 extends Assembler {
  /** The stack pointer, where an address or an add or sub is meant. */
  static final int SP = 31;

  /** Conditions of a branch. */
  enum Condition {
    EQ("eq", 0),
    NE("ne", 1),
    /** Unsigned higher or same, which objdump shows as carry set. */
    HS("cs", 2);

    final String text;
    final int code;

    Condition(String text, int code) {
      this.text = text;
      this.code = code;
    }
  }

  void mov(int to, int from) {
    word("mov", x(to) + ", " + x(from), 0xaa0003e0 | from << 16 | to);
  }

  /** The stack pointer into a register. */
  void movFromSp(int to) {
    word("mov", x(to) + ", sp", 0x910003e0 | to);
  }

  /** A number of up to 16 bits. */
  void movImm(int to, int value) {
    word("mov", x(to) + ", #0x" + Integer.toHexString(value), 0xd2800000 | value << 5 | to);
  }

  /** The number {@code -value}, of up to 16 bits: the complement of {@code value - 1}. */
  void movNegative(int to, int value) {
    String text = x(to) + ", #0x" + Long.toHexString(-(long) value);
    word("mov", text, 0x92800000 | value - 1 << 5 | to);
  }

  /** Loads 64 bits; the offset is a multiple of 8. */
  void ldr(int to, int base, int offset) {
    word(
        "ldr", x(to) + ", " + memory(base, offset), 0xf9400000 | offset / 8 << 10 | base << 5 | to);
  }

  /** Stores 64 bits; the offset is a multiple of 8. */
  void str(int from, int base, int offset) {
    int word = 0xf9000000 | offset / 8 << 10 | base << 5 | from;
    word("str", x(from) + ", " + memory(base, offset), word);
  }

  /** Loads 32 bits, zero-extended. */
  void ldr32(int to, int base) {
    word("ldr", "w" + to + ", " + memory(base, 0), 0xb9400000 | base << 5 | to);
  }

  /** Stores 32 bits. */
  void str32(int from, int base) {
    word("str", "w" + from + ", " + memory(base, 0), 0xb9000000 | base << 5 | from);
  }

  /** Loads 32 bits, zero-extended; the offset is a multiple of 4. */
  void ldr32(int to, int base, int offset) {
    int word = 0xb9400000 | offset / 4 << 10 | base << 5 | to;
    word("ldr", "w" + to + ", " + memory(base, offset), word);
  }

  /** Stores 32 bits; the offset is a multiple of 4. */
  void str32(int from, int base, int offset) {
    int word = 0xb9000000 | offset / 4 << 10 | base << 5 | from;
    word("str", "w" + from + ", " + memory(base, offset), word);
  }

  /** Loads a byte, zero-extended. */
  void ldrByte(int to, int base) {
    word("ldrb", "w" + to + ", " + memory(base, 0), 0x39400000 | base << 5 | to);
  }

  /** Stores a byte. */
  void strByte(int from, int base) {
    word("strb", "w" + from + ", " + memory(base, 0), 0x39000000 | base << 5 | from);
  }

  void add(int to, int a, int b) {
    word("add", x(to) + ", " + x(a) + ", " + x(b), 0x8b000000 | b << 16 | a << 5 | to);
  }

  void sub(int to, int a, int b) {
    word("sub", x(to) + ", " + x(a) + ", " + x(b), 0xcb000000 | b << 16 | a << 5 | to);
  }

  void cmp(int a, int b) {
    word("cmp", x(a) + ", " + x(b), 0xeb00001f | b << 16 | a << 5);
  }

  /** Loads two registers from consecutive 64 bit words; the offset is a multiple of 8. */
  void ldp(int first, int second, int base, int offset) {
    word(
        "ldp",
        x(first) + ", " + x(second) + ", " + memory(base, offset),
        0xa9400000 | (offset / 8 & 0x7f) << 15 | second << 10 | base << 5 | first);
  }

  void addImm(int to, int from, int value) {
    word(
        "add",
        sp(to) + ", " + sp(from) + ", #0x" + hex(value),
        0x91000000 | value << 10 | from << 5 | to);
  }

  void subImm(int to, int from, int value) {
    word(
        "sub",
        sp(to) + ", " + sp(from) + ", #0x" + hex(value),
        0xd1000000 | value << 10 | from << 5 | to);
  }

  /** {@code to = a + (b << shift)}. */
  void addShifted(int to, int a, int b, int shift) {
    word(
        "add",
        x(to) + ", " + x(a) + ", " + x(b) + ", lsl #" + shift,
        0x8b000000 | b << 16 | shift << 10 | a << 5 | to);
  }

  void lsrImm(int to, int from, int shift) {
    word("lsr", x(to) + ", " + x(from) + ", #" + shift, 0xd340fc00 | shift << 16 | from << 5 | to);
  }

  /** Shifts by the low six bits of a register. */
  void lsr(int to, int from, int by) {
    word("lsr", x(to) + ", " + x(from) + ", " + x(by), 0x9ac02400 | by << 16 | from << 5 | to);
  }

  void neg(int to, int from) {
    word("neg", x(to) + ", " + x(from), 0xcb0003e0 | from << 16 | to);
  }

  void cmpImm(int a, int value) {
    word("cmp", x(a) + ", #0x" + hex(value), 0xf100001f | value << 10 | a << 5);
  }

  /** Compares with {@code -value}. */
  void cmnImm(int a, int value) {
    word("cmn", x(a) + ", #0x" + hex(value), 0xb100001f | value << 10 | a << 5);
  }

  void branch(Label to) {
    word("b", to.name, 0x14000000);
    relative(to, 26, 0);
  }

  void branch(Condition condition, Label to) {
    word("b." + condition.text, to.name, 0x54000000 | condition.code);
    relative(to, 19, 5);
  }

  void cbz(int reg, Label to) {
    word("cbz", x(reg) + ", " + to.name, 0xb4000000 | reg);
    relative(to, 19, 5);
  }

  void cbnz(int reg, Label to) {
    word("cbnz", x(reg) + ", " + to.name, 0xb5000000 | reg);
    relative(to, 19, 5);
  }

  void tbz(int reg, int bit, Label to) {
    testBit("tbz", 0x36000000, reg, bit, to);
  }

  void tbnz(int reg, int bit, Label to) {
    testBit("tbnz", 0x37000000, reg, bit, to);
  }

  private void testBit(String mnemonic, int base, int reg, int bit, Label to) {
    int word = base | bit >> 5 << 31 | (bit & 31) << 19 | reg;
    word(mnemonic, x(reg) + ", #" + bit + ", " + to.name, word);
    relative(to, 14, 5);
  }

  /** The address of a label within a megabyte. */
  void adr(int to, Label label) {
    int at = size();
    word("adr", x(to) + ", " + label.name, 0x10000000 | to);
    later(address -> {
      long distance = label.address() - (address + at);
      if (distance < -(1 << 20) || distance >= 1 << 20) {
        throw new IllegalStateException("too far for adr: " + label.name);
      }
      int low = (int) distance & 3;
      int high = (int) (distance >> 2) & 0x7ffff;
      patch32(at, get32(at) | low << 29 | high << 5);
    });
  }

  void br(int reg) {
    word("br", x(reg), 0xd61f0000 | reg << 5);
  }

  void ret() {
    word("ret", "", 0xd65f03c0);
  }

  /** Asks the kernel. */
  void svc() {
    word("svc", "#0x0", 0xd4000001);
  }

  /** A breakpoint: never reached. */
  void brk() {
    word("brk", "#0x0", 0xd4200000);
  }

  private void word(String mnemonic, String operands, int word) {
    line(mnemonic, operands);
    emit32(word);
  }

  /** A distance in instructions, {@code bits} wide, {@code shift} bits up in the word just made. */
  private void relative(Label to, int bits, int shift) {
    int at = size() - 4;
    later(address -> {
      long distance = to.address() - (address + at) >> 2;
      if (distance < -(1L << bits - 1) || distance >= 1L << bits - 1) {
        throw new IllegalStateException("too far for a branch: " + to.name);
      }
      patch32(at, get32(at) | ((int) distance & (1 << bits) - 1) << shift);
    });
  }

  private static String x(int reg) {
    return "x" + reg;
  }

  private static String sp(int reg) {
    return reg == SP ? "sp" : x(reg);
  }

  private static String memory(int base, int offset) {
    return "[" + sp(base) + (offset == 0 ? "" : ", #" + offset) + "]";
  }

  private static String hex(int value) {
    return Integer.toHexString(value);
  }
}

package dev.phyllo.linux.entry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the assemblers share: the bytes so far, labels, and the listing, which holds each
 * instruction in the words of {@code objdump -d} so that a test can hold the two against each
 * other.
 */
abstract class Assembler {
  /** A place in the code, or in the data behind it; used before or after it is {@link #bind}ed. */
  static final class Label {
    final String name;
    private long address = -1;

    Label(String name) {
      this.name = name;
    }

    long address() {
      if (address < 0) {
        throw new IllegalStateException("label " + name + " is nowhere");
      }
      return address;
    }

    /** Puts a label of something outside of the code at its address. */
    void place(long at) {
      address = at;
    }
  }

  /**
   * An instruction as assembled.
   *
   * @param offset from the start of the code
   * @param mnemonic such as {@code mov}
   * @param operands as objdump shows them; a jump's are the name of its label
   * @param comment why it is there
   */
  record Line(int offset, String mnemonic, String operands, String comment) {}

  /** Completes an instruction once all addresses are known. */
  @FunctionalInterface
  interface Fixup {
    void apply(long codeAddress);
  }

  private final List<Line> lines = new ArrayList<>();
  private final List<Fixup> fixups = new ArrayList<>();
  private final List<Label> bound = new ArrayList<>();
  private byte[] code = new byte[256];
  private int length;
  private String pendingComment = "";

  /** A label for later. */
  final Label label(String name) {
    return new Label(name);
  }

  /** The next instruction is where the label is. */
  final void bind(Label label) {
    label.place(length);
    bound.add(label);
  }

  /** Why the next instruction is there. */
  final void comment(String text) {
    pendingComment = text;
  }

  /** Notes the instruction whose bytes follow. */
  final void line(String mnemonic, String operands) {
    lines.add(new Line(length, mnemonic, operands, pendingComment));
    pendingComment = "";
  }

  final void emit8(int value) {
    if (length == code.length) {
      code = Arrays.copyOf(code, 2 * length);
    }
    code[length++] = (byte) value;
  }

  final void emit32(int value) {
    for (int shift = 0; shift < 32; shift += 8) {
      emit8(value >> shift);
    }
  }

  final void patch8(int at, int value) {
    code[at] = (byte) value;
  }

  final void patch32(int at, int value) {
    for (int i = 0; i < 4; i++) {
      code[at + i] = (byte) (value >> 8 * i);
    }
  }

  final int get32(int at) {
    int value = 0;
    for (int i = 3; i >= 0; i--) {
      value = value << 8 | code[at + i] & 0xff;
    }
    return value;
  }

  final void later(Fixup fixup) {
    fixups.add(fixup);
  }

  /** How many bytes there are so far. */
  final int size() {
    return length;
  }

  /** All labels of the code. */
  final List<Label> labels() {
    return bound;
  }

  final List<Line> lines() {
    return lines;
  }

  /**
   * Resolves all labels; once only.
   *
   * @param address where the code will be, relative to the object's start; labels of data are
   *     placed already
   * @return the finished code
   */
  final byte[] finish(long address) {
    for (Label label : bound) {
      label.place(address + label.address());
    }
    for (Fixup fixup : fixups) {
      fixup.apply(address);
    }
    fixups.clear();
    return Arrays.copyOf(code, length);
  }
}

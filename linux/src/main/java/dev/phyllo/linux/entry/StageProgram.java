package dev.phyllo.linux.entry;

import dev.phyllo.linux.entry.Assembler.Label;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The program of a second stage as an ELF executable (elf(5)) whose data are left to whoever starts
 * it: a plan, at {@link #DATA} in memory and from {@link #DATA_OFFSET} on in the file. Its size has
 * to be written at {@link #DATA_FILE_SIZE} and {@link #DATA_MEMORY_SIZE}.
 */
public final class StageProgram {
  /** Where the plan is in memory. */
  public static final int DATA = 0x10000000;

  /** Where the plan is in the file: on a page of its own, up to 64 KiB being one. */
  public static final int DATA_OFFSET = 0x10000;

  private static final int CODE = 0x400000;
  private static final int EHDR = 64;
  private static final int PHDR = 56;
  private static final int CODE_OFFSET = EHDR + 3 * PHDR + 8;

  /** Where in the file the size of the data in the file is: 64 bits. */
  public static final int DATA_FILE_SIZE = EHDR + PHDR + 32;

  /** Where in the file the size of the data in memory is: 64 bits. */
  public static final int DATA_MEMORY_SIZE = EHDR + PHDR + 40;

  private StageProgram() {}

  static byte[] x64() {
    Label start = new Label("start");
    return program(Entry.X86_64, EntryX64.stage(start), start);
  }

  static byte[] a64() {
    Label start = new Label("start");
    return program(Entry.AARCH64, EntryA64.stage(start), start);
  }

  private static byte[] program(int machine, Assembler assembler, Label start) {
    byte[] code = assembler.finish(CODE + CODE_OFFSET);
    int size = CODE_OFFSET + code.length;
    ByteBuffer out = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    // ET_EXEC; no sections.
    out.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).position(16);
    out.putShort((short) 2).putShort((short) machine).putInt(1);
    out.putLong(start.address()).putLong(EHDR).putLong(0).putInt(0);
    out.putShort((short) EHDR).putShort((short) PHDR).putShort((short) 3);
    out.putShort((short) 0).putShort((short) 0).putShort((short) 0);
    // Code to read and execute, data to read and write, a stack that is not executed.
    segment(out, 1, 5, 0, CODE, size);
    segment(out, 1, 6, DATA_OFFSET, DATA, 0);
    segment(out, 0x6474e551, 6, 0, 0, 0);
    out.position(CODE_OFFSET).put(code);
    return out.array();
  }

  private static void segment(
      ByteBuffer out, int type, int flags, long offset, long address, long size) {
    out.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
    out.putLong(size).putLong(size).putLong(DATA_OFFSET);
  }
}

package dev.phyllo.linux.entry;

import dev.phyllo.linux.entry.Assembler.Label;

/**
 * The entry's code for one architecture, before it is put into a file.
 *
 * @param machine its number in an ELF header
 * @param code the instructions
 * @param call the JNI function {@code NativeEntry.call}
 * @param address the JNI function {@code NativeEntry.address}
 * @param child where the walk of a plan begins, for tests
 * @param cell the four bytes of data: the descriptor that the signal handler writes to
 */
record Entry(int machine, Assembler code, Label call, Label address, Label child, Label cell) {
  /** EM_X86_64. */
  static final int X86_64 = 62;

  /** EM_AARCH64. */
  static final int AARCH64 = 183;

  /**
   * Index of GetDirectBufferAddress in the table of JNI functions (JNI specification, chapter 4).
   */
  static final int GET_DIRECT_BUFFER_ADDRESS = 230;

  /** How many error numbers the set of tolerated errors has room for. */
  static final int TOLERABLE = 128;

  /** Results from -4095 to -1 are errors. */
  static final int MAX_ERRNO = 4095;
}

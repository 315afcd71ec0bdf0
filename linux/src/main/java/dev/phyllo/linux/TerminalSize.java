package dev.phyllo.linux;

import java.nio.ByteBuffer;

/** How large the window of a terminal is; ioctl_tty(2), TIOCGWINSZ. */
public final class TerminalSize {
  private static final int TIOCGWINSZ = 0x5413;
  private static final int COLUMNS_AT = 2; // struct winsize: rows, columns, and pixels of both

  private TerminalSize() {}

  /**
   * The columns of a terminal.
   *
   * @param descriptor a standard descriptor: 0, 1 or 2
   * @param otherwise the answer if it is no terminal or does not know its size, or if this machine
   *     cannot be asked
   */
  public static int columns(int descriptor, int otherwise) {
    if (!NativeEntry.isAvailable()) {
      return otherwise;
    }
    Memory memory = new Memory(64);
    long size = memory.room(8);
    if (Kernel.ask(Sys.IOCTL, descriptor, TIOCGWINSZ, size, 0) < 0) {
      return otherwise;
    }
    ByteBuffer buffer = memory.buffer();
    int columns = buffer.getShort((int) (size - memory.base()) + COLUMNS_AT) & 0xffff;
    return columns > 0 ? columns : otherwise;
  }
}

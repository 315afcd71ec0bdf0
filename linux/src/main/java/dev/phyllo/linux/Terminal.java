package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Terminals: their size, their modes, and making new ones; ioctl_tty(2), pts(4). */
public final class Terminal {
  private static final int TCGETS = 0x5401;
  private static final int TCSETSW = 0x5403;
  private static final int TIOCSCTTY = 0x540e;
  private static final int TIOCGWINSZ = 0x5413;
  private static final int TIOCSWINSZ = 0x5414;
  private static final int TIOCSPTLCK = 0x40045431;
  private static final int TIOCGPTPEER = 0x5441;

  /** struct termios of the kernel: four flag words, the line discipline, nineteen characters. */
  private static final int TERMIOS = 36;

  private static final int C_CC = 17;
  private static final int VTIME = 5;
  private static final int VMIN = 6;

  // What cfmakeraw(3) takes away and sets.
  private static final int RAW_IFLAG_OFF = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;
  private static final int RAW_OFLAG_OFF = 0x1; // OPOST
  private static final int RAW_LFLAG_OFF = 0x8 | 0x40 | 0x2 | 0x1 | 0x8000;
  private static final int RAW_CFLAG_OFF = 0x30 | 0x100; // CSIZE | PARENB
  private static final int CS8 = 0x30;

  private Terminal() {}

  /**
   * The size of a terminal in characters.
   *
   * @param rows lines
   * @param columns characters in a line
   */
  public record Size(int rows, int columns) {}

  /**
   * The two ends of a new terminal.
   *
   * @param master what is written here is typed there, and what is shown there is read here
   * @param slave the terminal itself
   */
  public record Pair(Fd master, Fd slave) implements AutoCloseable {
    @Override
    public void close() {
      master.close();
      slave.close();
    }
  }

  /**
   * Makes a terminal in a devpts file system. The slave is opened by the master and not by a path
   * (TIOCGPTPEER), so nobody can put something else in its place (CVE-2025-52565).
   *
   * @param devpts its root, mounted or not yet
   */
  public static Pair open(Fd devpts) {
    Fd master =
        FileCalls.openat2(
            devpts,
            Text.bytes("ptmx"),
            Open.RDWR | Open.NOCTTY,
            0,
            Resolve.NO_SYMLINKS | Resolve.BENEATH);
    try {
      Memory memory = Scratch.fresh();
      long unlocked = memory.room(8);
      memory.putLong(unlocked, 0);
      Kernel.check(
          Kernel.call(Sys.IOCTL, master.number(), TIOCSPTLCK, unlocked), "unlockpt", "a terminal");
      int flags = Open.RDWR | Open.NOCTTY | Open.CLOEXEC;
      long slave = Kernel.call(Sys.IOCTL, master.number(), TIOCGPTPEER, flags);
      return new Pair(master, Fd.of((int) Kernel.check(slave, "TIOCGPTPEER", "a terminal")));
    } catch (RuntimeException e) {
      master.close();
      throw e;
    }
  }

  /** Adds the step that makes a terminal the child's own, which leads a session already. */
  public static void control(Plan.Builder plan, Arg terminal) {
    plan.step("its terminal", Sys.IOCTL, terminal, Arg.of(TIOCSCTTY), Arg.NONE);
  }

  /** Whether a descriptor is a terminal. */
  public static boolean is(Fd fd) {
    return modes(fd) != null;
  }

  /** The size of a terminal; empty for anything else. */
  public static Optional<Size> size(Fd fd) {
    Memory memory = Scratch.fresh();
    long size = memory.room(8);
    if (Kernel.call(Sys.IOCTL, fd.number(), TIOCGWINSZ, size) < 0) {
      return Optional.empty();
    }
    return Optional.of(new Size(memory.getShort(size), memory.getShort(size + 2)));
  }

  /** Gives a terminal a size; its programs are told by SIGWINCH. */
  public static void resize(Fd fd, Size to) {
    Memory memory = Scratch.fresh();
    long size = memory.room(8);
    memory.putShort(size, to.rows());
    memory.putShort(size + 2, to.columns());
    memory.putShort(size + 4, 0);
    memory.putShort(size + 6, 0);
    Kernel.call(Sys.IOCTL, fd.number(), TIOCSWINSZ, size);
  }

  /** The modes of a terminal as the kernel keeps them; null for anything else. */
  public static byte @Nullable [] modes(Fd fd) {
    Memory memory = Scratch.fresh();
    long modes = memory.room(TERMIOS);
    return Kernel.call(Sys.IOCTL, fd.number(), TCGETS, modes) < 0
        ? null
        : memory.get(modes, TERMIOS);
  }

  /** Puts modes back; what was written before is shown first. */
  public static void modes(Fd fd, byte[] modes) {
    Memory memory = Scratch.fresh();
    long at = memory.bytes(modes);
    long result;
    do {
      result = Kernel.call(Sys.IOCTL, fd.number(), TCSETSW, at);
    } while (result == -Errno.EINTR);
  }

  /**
   * Makes a terminal pass on every key as it is typed and every byte as it is written;
   * cfmakeraw(3).
   *
   * @return the modes it had, to be put back
   * @throws SystemException if it is no terminal
   */
  public static byte[] makeRaw(Fd fd) {
    byte[] before = modes(fd);
    if (before == null) {
      throw new SystemException(fd.toString(), "is no terminal", "", Errno.ENOTTY);
    }
    java.nio.ByteBuffer raw =
        java.nio.ByteBuffer.wrap(before.clone()).order(java.nio.ByteOrder.nativeOrder());
    raw.putInt(0, raw.getInt(0) & ~RAW_IFLAG_OFF);
    raw.putInt(4, raw.getInt(4) & ~RAW_OFLAG_OFF);
    raw.putInt(8, raw.getInt(8) & ~RAW_CFLAG_OFF | CS8);
    raw.putInt(12, raw.getInt(12) & ~RAW_LFLAG_OFF);
    raw.put(C_CC + VMIN, (byte) 1);
    raw.put(C_CC + VTIME, (byte) 0);
    modes(fd, raw.array());
    return before;
  }
}

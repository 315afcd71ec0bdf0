package dev.phyllo.linux;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An open file descriptor that belongs to whoever holds this object, closed by {@link #close()}.
 *
 * <p>Everything here opens descriptors with O_CLOEXEC, so none leaks into a program started by this
 * process; a launch plan hands over exactly those it names.
 */
public final class Fd implements AutoCloseable {
  /** AT_FDCWD: names are relative to the working directory; closing it does nothing. */
  public static final Fd CWD = new Fd(-100, false);

  /** Standard input of this process; closing it here does nothing. */
  public static final Fd STDIN = new Fd(0, false);

  /** Standard output of this process; closing it here does nothing. */
  public static final Fd STDOUT = new Fd(1, false);

  /** Standard error of this process; closing it here does nothing. */
  public static final Fd STDERR = new Fd(2, false);

  private final int number;
  private final AtomicBoolean open;

  private Fd(int number, boolean owned) {
    this.number = number;
    this.open = new AtomicBoolean(owned);
  }

  /**
   * Takes ownership of a descriptor.
   *
   * @param number a descriptor that nobody else will close
   */
  public static Fd of(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("not a descriptor: " + number);
    }
    return new Fd(number, true);
  }

  /** A descriptor that somebody else closes. */
  static Fd borrowed(int number) {
    return new Fd(number, false);
  }

  /** The number the kernel knows it by. */
  public int number() {
    return number;
  }

  /** Whether {@link #close()} would still close something. */
  public boolean isOpen() {
    return open.get();
  }

  /** Gives up ownership: the caller must close the number, or the kernel will at exit. */
  public int release() {
    open.set(false);
    return number;
  }

  /** Closes the descriptor once; a second call does nothing. See close(2): no error is of use. */
  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      Kernel.call(Sys.CLOSE, number);
    }
  }

  @Override
  public String toString() {
    return this == CWD ? "AT_FDCWD" : "fd " + number;
  }
}

package dev.phyllo.linux;

/**
 * How a process ended; wait(2).
 *
 * @param code what it gave to exit, 0 if a signal ended it
 * @param signal the signal that ended it, 0 if it exited
 */
public record ExitStatus(int code, int signal) {
  /** From the status word of wait4(2). */
  static ExitStatus ofWait(int status) {
    int signal = status & 0x7f;
    return new ExitStatus(signal == 0 ? status >> 8 & 0xff : 0, signal);
  }

  /** Whether a signal ended it. */
  public boolean isSignalled() {
    return signal != 0;
  }

  /** As a shell gives it: the code, or 128 and the signal's number. */
  public int exitCode() {
    return signal == 0 ? code : 128 + signal;
  }
}

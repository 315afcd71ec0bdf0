package dev.phyllo.linux;

/**
 * A process started by {@link Launcher}, which is past its execve(2).
 *
 * <p>It is known by a descriptor (pidfd_open(2)), so that no signal ever reaches a stranger who got
 * its number after it ended.
 */
public final class Child implements AutoCloseable {
  private final int pid;
  private final Fd pidfd;

  Child(int pid, Fd pidfd) {
    this.pid = pid;
    this.pidfd = pidfd;
  }

  /** Its process id, as this process sees it. */
  public int pid() {
    return pid;
  }

  /** Readable (poll(2)) when it has ended. */
  public Fd pidfd() {
    return pidfd;
  }

  /** Waits until it has ended, and reaps it; wait4(2). Once only. */
  public ExitStatus waitFor() {
    Memory memory = Scratch.fresh();
    long status = memory.room(8);
    long reaped;
    do {
      reaped = Kernel.call(Sys.WAIT4, pid, status, 0, 0);
    } while (reaped == -Errno.EINTR);
    Kernel.check(reaped, "wait4", "process " + pid);
    return ExitStatus.ofWait(memory.getInt(status));
  }

  /**
   * Sends it a signal; pidfd_send_signal(2).
   *
   * @return 0, or a negative error number: ESRCH if it has ended
   */
  public int signal(int number) {
    return (int) Kernel.call(Sys.PIDFD_SEND_SIGNAL, pidfd.number(), number, 0, 0);
  }

  /** Forgets it: it is neither ended nor reaped. */
  @Override
  public void close() {
    pidfd.close();
  }
}

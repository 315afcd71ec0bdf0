package dev.phyllo.linux;

import java.util.List;

/** Waiting for descriptors; ppoll(2). */
public final class Poll {
  private static final int POLLIN = 1;
  private static final int POLLFD = 8;
  private static final int TIMESPEC = 16;

  private Poll() {}

  /**
   * Waits until a descriptor has something to read, or is at its end.
   *
   * @param millis how long at most; -1 for ever
   * @return false if the time was over first
   */
  public static boolean readable(Fd fd, long millis) {
    return readable(List.of(fd), millis)[0];
  }

  /**
   * Waits until one of several has something to read, or is at its end.
   *
   * @param millis how long at most; -1 for ever
   * @return for each whether it is ready; none if the time was over first
   */
  public static boolean[] readable(List<Fd> fds, long millis) {
    Memory memory = new Memory(TIMESPEC + POLLFD * fds.size() + 8);
    long timeout = memory.room(TIMESPEC);
    long polled = memory.room(POLLFD * fds.size());
    long deadline = millis < 0 ? Long.MAX_VALUE : System.nanoTime() + millis * 1_000_000;
    boolean[] ready = new boolean[fds.size()];
    long result;
    do {
      long left = millis < 0 ? 0 : Math.max(0, deadline - System.nanoTime());
      memory.putLong(timeout, left / 1_000_000_000);
      memory.putLong(timeout + 8, left % 1_000_000_000);
      for (int i = 0; i < ready.length; i++) {
        long at = polled + (long) i * POLLFD;
        memory.putInt(at, fds.get(i).number());
        memory.putShort(at + 4, POLLIN);
        memory.putShort(at + 6, 0);
      }
      result = Kernel.call(Sys.PPOLL, polled, ready.length, millis < 0 ? 0 : timeout, 0, 0);
    } while (result == -Errno.EINTR);
    Kernel.check(result, "ppoll", fds.size() + " descriptors");
    for (int i = 0; i < ready.length; i++) {
      ready[i] = memory.getShort(polled + (long) i * POLLFD + 6) != 0;
    }
    return ready;
  }
}

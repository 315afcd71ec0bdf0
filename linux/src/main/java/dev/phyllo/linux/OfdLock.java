package dev.phyllo.linux;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a whole file that belongs to the open file description: F_OFD_SETLK of fcntl(2).
 *
 * <p>Unlike the JDK's file locks, which are the process' and vanish when any descriptor of the file
 * is closed anywhere in it, two of these exclude one another even within one process. Released by
 * {@link #close()} and by the kernel when the process ends.
 */
public final class OfdLock implements AutoCloseable {
  private static final int F_OFD_SETLK = 37;
  private static final int F_OFD_SETLKW = 38;
  private static final int F_RDLCK = 0;
  private static final int F_WRLCK = 1;

  private final Fd file;

  private OfdLock(Fd file) {
    this.file = file;
  }

  /**
   * Takes the lock, making the file (mode 0600) if it is not there.
   *
   * @param exclusive false to share it with others who share it
   * @param wait whether to wait for others; else null is returned while they hold it
   * @throws dev.phyllo.oci.SystemException if the file cannot be opened or locked
   */
  public static @Nullable OfdLock lock(Path file, boolean exclusive, boolean wait) {
    byte[] path = Text.bytes(file.toString());
    Fd opened = FileCalls.openat2(Fd.CWD, path, Open.RDWR | Open.CREAT, 0600, 0);
    boolean kept = false;
    try {
      Memory memory = Scratch.fresh();
      long flock = memory.room(32); // short type, whence; long start, length; int pid
      memory.putLong(flock, 0); // l_pid and the rest must be 0
      memory.putShort(flock, exclusive ? F_WRLCK : F_RDLCK);
      memory.putLong(flock + 8, 0);
      memory.putLong(flock + 16, 0);
      memory.putLong(flock + 24, 0);
      long result;
      do {
        result = Kernel.call(Sys.FCNTL, opened.number(), wait ? F_OFD_SETLKW : F_OFD_SETLK, flock);
      } while (result == -Errno.EINTR);
      if (!wait && (result == -Errno.EAGAIN || result == -Errno.EACCES)) {
        return null;
      }
      Kernel.check(result, "lock", file.toString());
      kept = true;
      return new OfdLock(opened);
    } finally {
      if (!kept) {
        opened.close();
      }
    }
  }

  /** Releases the lock. */
  @Override
  public void close() {
    file.close();
  }
}

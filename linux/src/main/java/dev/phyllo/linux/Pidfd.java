package dev.phyllo.linux;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A process of any parent, held by a descriptor (pidfd_open(2)), so that no signal and no question
 * ever reaches a stranger who got its number after it ended.
 */
public final class Pidfd implements AutoCloseable {
  /** _IOWR(0xFF, 11, 64 bytes): PIDFD_GET_INFO of linux/pidfd.h, Linux 6.13. */
  private static final int PIDFD_GET_INFO = 0xc040ff0b;

  private static final int WNOHANG = 1;
  private static final int PIDFD_INFO_SIZE = 64;
  private static final long PIDFD_INFO_EXIT = 1L << 3;
  private static final int EXIT_CODE_AT = 60;

  private final int pid;
  private final Fd fd;

  private Pidfd(int pid, Fd fd) {
    this.pid = pid;
    this.fd = fd;
  }

  /** The process of that number, or null if there is none. */
  public static @Nullable Pidfd open(int pid) {
    long opened = Kernel.call(Sys.PIDFD_OPEN, pid, 0);
    // EINVAL, and ENOENT of newer kernels: it is the number of a thread by now.
    if (opened == -Errno.ESRCH || opened == -Errno.EINVAL || opened == -Errno.ENOENT) {
      return null;
    }
    return new Pidfd(pid, Fd.of((int) Kernel.check(opened, "pidfd_open", "process " + pid)));
  }

  /**
   * The processes whose command line is such a one; to be closed.
   *
   * @param suits is given the arguments, each ended by a NUL; proc_pid_cmdline(5)
   */
  public static List<Pidfd> withCommandLine(Predicate<String> suits) {
    List<Pidfd> found = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path directory : processes) {
        Pidfd process = open(Integer.parseInt(directory.getFileName().toString()));
        // Read after opening: if the number is another's by now, so is the line.
        if (process != null && suits.test(commandLine(directory))) {
          found.add(process);
        } else if (process != null) {
          process.close();
        }
      }
    } catch (IOException _) {
      // Then there is nobody to be found.
    }
    return found;
  }

  private static String commandLine(Path directory) {
    try {
      return new String(
          Files.readAllBytes(directory.resolve("cmdline")), StandardCharsets.ISO_8859_1);
    } catch (IOException _) {
      return "";
    }
  }

  /**
   * The process of that number if it is the one that began then: numbers come round again.
   *
   * @param startTicks {@link #startTicks(int)} of the one that is meant
   */
  public static @Nullable Pidfd open(int pid, long startTicks) {
    Pidfd process = open(pid);
    if (process == null) {
      return null;
    }
    // Read after opening: if the number is another's by now, so is the time.
    if (startTicks(pid) == startTicks) {
      return process;
    }
    process.close();
    return null;
  }

  /**
   * When a process began, in clock ticks since boot: field 22 of proc_pid_stat(5); 0 if there is no
   * such process.
   */
  public static long startTicks(int pid) {
    String stat;
    try {
      stat =
          new String(
              Files.readAllBytes(Path.of("/proc/" + pid + "/stat")), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return 0;
    }
    // The second field is the command in parentheses, which may hold blanks and parentheses.
    int at = stat.lastIndexOf(')') + 1;
    for (int field = 2; field < 21 && at > 0; field++) {
      at = stat.indexOf(' ', at) + 1;
    }
    if (at <= 0) {
      return 0;
    }
    long ticks = 0;
    at = stat.indexOf(' ', at) + 1;
    while (at < stat.length() && stat.charAt(at) >= '0' && stat.charAt(at) <= '9') {
      ticks = 10 * ticks + stat.charAt(at++) - '0';
    }
    return ticks;
  }

  /** The number of a process by its descriptor, as this process sees it; -1 if it has ended. */
  public static int numberOf(Fd pidfd) {
    String info;
    try {
      info =
          new String(
              Files.readAllBytes(Path.of("/proc/self/fdinfo/" + pidfd.number())),
              StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new SystemException("/proc/self/fdinfo/" + pidfd.number(), e);
    }
    int at = info.indexOf("Pid:\t") + 5;
    int number = 0;
    while (at >= 5 && at < info.length() && info.charAt(at) >= '0' && info.charAt(at) <= '9') {
      number = 10 * number + info.charAt(at++) - '0';
    }
    return number == 0 ? -1 : number;
  }

  /** Its number, as this process sees it. */
  public int pid() {
    return pid;
  }

  /** Readable (poll(2)) when it has ended. */
  public Fd fd() {
    return fd;
  }

  /** Whether it has ended, be it reaped or not. */
  public boolean hasEnded() {
    return waitFor(0);
  }

  /**
   * Waits for its end, which is its parent's to reap.
   *
   * @param millis how long at most; -1 for ever
   * @return whether it has ended
   */
  public boolean waitFor(long millis) {
    return Poll.readable(fd, millis);
  }

  /** Takes it away if it has ended and is a child of this process; wait4(2). */
  public void reap() {
    Kernel.call(Sys.WAIT4, pid, 0, WNOHANG, 0);
  }

  /**
   * Sends it a signal; pidfd_send_signal(2).
   *
   * @return 0, or a negative error number: ESRCH if it has ended
   */
  public int signal(int number) {
    return (int) Kernel.call(Sys.PIDFD_SEND_SIGNAL, fd.number(), number, 0, 0);
  }

  /**
   * A second descriptor of what it has open under a number; pidfd_getfd(2).
   *
   * @return null if it has ended, or has nothing open there
   */
  public @Nullable Fd descriptor(int number) {
    long got = Kernel.call(Sys.PIDFD_GETFD, fd.number(), number, 0);
    if (got == -Errno.ESRCH || got == -Errno.EBADF) {
      return null;
    }
    return Fd.of((int) Kernel.check(got, "pidfd_getfd", "process " + pid));
  }

  /**
   * How it ended, once it has been reaped, whoever did that: PIDFD_GET_INFO with PIDFD_INFO_EXIT,
   * Linux 6.15.
   *
   * @param pidfd opened before it was reaped
   * @return empty if it has not been reaped yet, or the kernel is older
   */
  public static Optional<ExitStatus> exitOf(Fd pidfd) {
    Memory memory = Scratch.fresh();
    long info = memory.room(PIDFD_INFO_SIZE);
    for (int i = 0; i < PIDFD_INFO_SIZE; i += 8) {
      memory.putLong(info + i, 0);
    }
    memory.putLong(info, PIDFD_INFO_EXIT);
    long result = Kernel.call(Sys.IOCTL, pidfd.number(), PIDFD_GET_INFO & 0xffffffffL, info);
    if (result < 0 || (memory.getLong(info) & PIDFD_INFO_EXIT) == 0) {
      return Optional.empty();
    }
    return Optional.of(ExitStatus.ofWait(memory.getInt(info + EXIT_CODE_AT)));
  }

  @Override
  public void close() {
    fd.close();
  }
}

package dev.phyllo.linux;

/** Signal numbers, equal on x86-64 and aarch64; signal(7). */
public final class Signals {
  /** SIGHUP. */
  public static final int HUP = 1;

  /** SIGINT. */
  public static final int INT = 2;

  /** SIGQUIT. */
  public static final int QUIT = 3;

  /** SIGKILL. */
  public static final int KILL = 9;

  /** SIGUSR1. */
  public static final int USR1 = 10;

  /** SIGUSR2. */
  public static final int USR2 = 12;

  /** SIGPIPE. */
  public static final int PIPE = 13;

  /** SIGALRM. */
  public static final int ALRM = 14;

  /** SIGTERM. */
  public static final int TERM = 15;

  /** SIGCHLD. */
  public static final int CHLD = 17;

  /** SIGCONT. */
  public static final int CONT = 18;

  /** SIGSTOP. */
  public static final int STOP = 19;

  /** SIGWINCH. */
  public static final int WINCH = 28;

  /** The first real-time signal that the C library leaves to programs, and the last. */
  private static final int RTMIN = 34;

  private static final int RTMAX = 64;

  private static final String[] NAMES = {
    "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU",
    "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
  };

  private Signals() {}

  /** Such as {@code "SIGTERM"}; {@code "SIGRTMIN+2"} and the like from 34 on. */
  public static String name(int number) {
    if (number > 0 && number < NAMES.length) {
      return "SIG" + NAMES[number];
    }
    return number >= RTMIN && number <= RTMAX ? "SIGRTMIN+" + (number - RTMIN) : "signal " + number;
  }

  /**
   * The number of a name or of digits.
   *
   * @param text {@code "TERM"}, {@code "SIGTERM"} in any case, {@code "15"}, or one of the
   *     real-time signals as {@code "RTMIN+3"} or {@code "RTMAX-11"}; signal(7)
   * @return -1 if there is no such signal
   */
  public static int number(String text) {
    String bare = text.regionMatches(true, 0, "SIG", 0, 3) ? text.substring(3) : text;
    for (int i = 1; i < NAMES.length; i++) {
      if (NAMES[i].equalsIgnoreCase(bare)) {
        return i;
      }
    }
    if (bare.regionMatches(true, 0, "RTM", 0, 3)) {
      return realTime(bare);
    }
    return decimal(text);
  }

  private static int realTime(String bare) {
    for (int n = RTMIN; n <= RTMAX; n++) {
      if (bare.equalsIgnoreCase("RTMIN+" + (n - RTMIN))
          || bare.equalsIgnoreCase("RTMAX-" + (RTMAX - n))) {
        return n;
      }
    }
    return bare.equalsIgnoreCase("RTMIN") ? RTMIN : bare.equalsIgnoreCase("RTMAX") ? RTMAX : -1;
  }

  private static int decimal(String text) {
    int number = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || number > 64) {
        return -1;
      }
      number = 10 * number + digit;
    }
    return number > 0 && number <= 64 ? number : -1;
  }

  /**
   * Sends a signal to a process by its number; kill(2). A {@link Child} knows its process better.
   *
   * @return 0, or a negative error number: ESRCH if there is no such process
   */
  public static int send(int pid, int signal) {
    return (int) Kernel.call(Sys.KILL, pid, signal);
  }
}

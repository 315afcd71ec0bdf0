package dev.phyllo.linux;

/** Who this process is; credentials(7). */
public final class Ids {
  private Ids() {}

  /** The process id; getpid(2). */
  public static int pid() {
    return (int) Kernel.ask(Sys.GETPID, 0, 0, 0, 0);
  }

  /** The real user id; getuid(2). */
  public static int uid() {
    return (int) Kernel.ask(Sys.GETUID, 0, 0, 0, 0);
  }

  /** The effective user id; geteuid(2). */
  public static int effectiveUid() {
    return (int) Kernel.ask(Sys.GETEUID, 0, 0, 0, 0);
  }

  /** The effective group id; getegid(2). */
  public static int effectiveGid() {
    return (int) Kernel.ask(Sys.GETEGID, 0, 0, 0, 0);
  }

  /** Whether the effective user is 0. */
  public static boolean isRoot() {
    return effectiveUid() == 0;
  }
}

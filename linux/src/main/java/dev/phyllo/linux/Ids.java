package dev.phyllo.linux;

/** Who this process is; credentials(7). */
public final class Ids {
  private Ids() {}

  /** The process id; getpid(2). */
  public static int pid() {
    return (int) Kernel.call(Sys.GETPID);
  }

  /** The real user id; getuid(2). */
  public static int uid() {
    return (int) Kernel.call(Sys.GETUID);
  }

  /** The effective user id; geteuid(2). */
  public static int effectiveUid() {
    return (int) Kernel.call(Sys.GETEUID);
  }

  /** The effective group id; getegid(2). */
  public static int effectiveGid() {
    return (int) Kernel.call(Sys.GETEGID);
  }

  /** Whether the effective user is 0. */
  public static boolean isRoot() {
    return effectiveUid() == 0;
  }
}

package dev.phyllo.linux;

/** Limits of a process, by number; getrlimit(2). The numbers are the same on both architectures. */
public final class ResourceLimits {
  private static final String[] NAMES = {
    "cpu",
    "fsize",
    "data",
    "stack",
    "core",
    "rss",
    "nproc",
    "nofile",
    "memlock",
    "as",
    "locks",
    "sigpending",
    "msgqueue",
    "nice",
    "rtprio",
    "rttime",
  };

  private ResourceLimits() {}

  /**
   * The number of a name as docker's {@code --ulimit} has it, such as {@code nofile}.
   *
   * @return -1 if there is no such limit
   */
  public static int number(String name) {
    for (int i = 0; i < NAMES.length; i++) {
      if (NAMES[i].equals(name)) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Adds steps that set a limit, or as much of it as may be had: only CAP_SYS_RESOURCE raises what
   * this process may not exceed itself.
   *
   * @param soft -1 for no limit
   * @param hard -1 for no limit
   */
  public static void set(Plan.Builder plan, String name, long soft, long hard) {
    int resource = number(name);
    long most = ownHard(resource);
    boolean above = Long.compareUnsigned(hard, most) > 0;
    Arg.Result wanted = plan.setrlimit(resource, soft, hard);
    if (above) {
      plan.tolerate(Errno.EPERM);
      long less = Long.compareUnsigned(soft, most) > 0 ? most : soft;
      plan.setrlimit(resource, less, most);
      plan.afterSuccessOf(wanted);
    }
  }

  /**
   * Sets a limit of another process, or as much of it as this process may; prlimit(2).
   *
   * @param pid the process
   */
  public static void setOf(int pid, String name, long soft, long hard) {
    int resource = number(name);
    long result = trySet(pid, resource, soft, hard);
    if (result == -Errno.EPERM) {
      long most = ownHard(resource);
      long less = Long.compareUnsigned(soft, most) > 0 ? most : soft;
      result = trySet(pid, resource, less, Long.compareUnsigned(hard, most) > 0 ? most : hard);
    }
    Kernel.check(result, "prlimit64", name);
  }

  private static long trySet(int pid, int resource, long soft, long hard) {
    Memory memory = Scratch.fresh();
    long limit = memory.room(16);
    memory.putLong(limit, soft);
    memory.putLong(limit + 8, hard);
    return Kernel.call(Sys.PRLIMIT64, pid, resource, limit, 0);
  }

  private static long ownHard(int resource) {
    Memory memory = Scratch.fresh();
    long now = memory.room(16);
    Kernel.check(Kernel.ask(Sys.PRLIMIT64, 0, resource, 0, now), "prlimit64", NAMES[resource]);
    return memory.getLong(now + 8);
  }
}

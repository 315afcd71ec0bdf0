package dev.phyllo.linux;

import dev.phyllo.linux.seccomp.Seccomp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a container's process needs before it becomes its program: each method adds its steps to a
 * plan.
 */
public final class ProcessRecipes {
  /** ioctl(2) requests of netdevice(7). */
  private static final int SIOCSIFFLAGS = 0x8914;

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | Open.CLOEXEC;
  private static final int IFF_UP = 1;
  private static final int IFREQ = 40;
  private static final int IFNAMSIZ = 16;

  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_CAP_AMBIENT = 47;
  private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
  private static final int PR_SET_KEEPCAPS = 8;

  private static final long SIG_IGN = 1;
  private static final int SIGACTION = 32;
  private static final int SIGSET = 8;
  private static final int LAST_SIGNAL = 64;

  private ProcessRecipes() {}

  /**
   * Gives the program the signals every program starts with: none blocked, none ignored. Handlers
   * are gone already; what this process ignores, the child would (nohup(1) ignores SIGHUP).
   */
  public static void defaultSignals(Plan.Builder plan) {
    plan.unblockSignals();
    Memory memory = Scratch.fresh();
    long now = memory.room(SIGACTION);
    for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
      long result = Kernel.ask(Sys.RT_SIGACTION, signal, 0, now, SIGSET);
      if (result == 0 && memory.getLong(now) == SIG_IGN) {
        Arg asAtFirst = new Arg.Bytes(new byte[SIGACTION]);
        plan.step(
            "stop ignoring " + Signals.name(signal),
            Sys.RT_SIGACTION,
            Arg.of(signal),
            asAtFirst,
            Arg.NONE,
            Arg.of(SIGSET));
      }
    }
  }

  /** Switches the loopback interface on; without it a new network namespace has none that works. */
  public static void loopbackUp(Plan.Builder plan) {
    Arg socket =
        plan.step("loopback up", Sys.SOCKET, Arg.of(AF_INET), Arg.of(SOCK_DGRAM_CLOEXEC), Arg.NONE);
    byte[] name = new byte[IFNAMSIZ];
    name[0] = 'l';
    name[1] = 'o';
    byte[] request = Struct.of(IFREQ).raw(name).i16(IFF_UP).bytes();
    plan.step("loopback up", Sys.IOCTL, socket, Arg.of(SIOCSIFFLAGS), new Arg.Bytes(request));
    plan.close(socket);
  }

  /**
   * Takes on an identity: filter, supplementary groups, group, user and capabilities, in the order
   * that permits each. A user other than 0 keeps the bounding set, but has no capabilities in
   * effect.
   *
   * <p>A filter may only be installed by who has CAP_SYS_ADMIN, or with noNewPrivileges. So without
   * that it comes first, and the calls after it must be in it, as with other runtimes; with it,
   * {@link #filter} comes after everything else.
   *
   * @param groups the supplementary groups, or null to leave them as they are
   * @param capabilities what user 0 has, and the bounding set; bits by number
   * @param noNewPrivileges whether set-id programs and file capabilities lose their effect
   * @param filter which calls there are; null for all
   */
  public static void identity(
      Plan.Builder plan,
      long uid,
      long gid,
      @Nullable List<Integer> groups,
      long capabilities,
      boolean noNewPrivileges,
      Seccomp.@Nullable Filter filter) {
    for (int number = 0; number <= Capabilities.last(); number++) {
      if ((capabilities >> number & 1) == 0) {
        plan.prctl(PR_CAPBSET_DROP, number, 0, 0, 0);
      }
    }
    if (noNewPrivileges) {
      plan.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    } else if (filter != null) {
      plan.seccomp(filter.program(), filter.flags());
    }
    if (groups != null) {
      plan.setgroups(groups);
    }
    plan.setgid(gid);
    if (uid != 0) {
      plan.prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    }
    plan.setuid(uid);
    long effective = uid == 0 ? capabilities : 0;
    plan.capset(effective, effective, 0);
    plan.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    plan.tolerate(Errno.EINVAL);
  }

  /** The filter of a process with no_new_privs, which needs no rights for it; the last step. */
  public static void filter(
      Plan.Builder plan, boolean noNewPrivileges, Seccomp.@Nullable Filter filter) {
    if (noNewPrivileges && filter != null) {
      plan.seccomp(filter.program(), filter.flags());
    }
  }

  /** Everything but standard input, output and error is closed by execve. */
  public static void closeOthers(Plan.Builder plan) {
    plan.closeOnExecFrom(3);
    plan.tolerate(Errno.ENOSYS, Errno.EINVAL);
  }

  /**
   * Becomes a program, found as execvp(3) finds it: a name without a slash is tried in every
   * directory of PATH. If none can be executed the launch fails with {@link
   * Launch.Failed#isExec()}, whose {@link Launch.Failed#exitCode()} is 127 if there was none and
   * 126 if there was one.
   *
   * @param program name or path; empty is never found
   * @param path directories separated by ':', or null for the usual ones
   */
  public static void exec(
      Plan.Builder plan,
      String program,
      @Nullable String path,
      List<byte[]> arguments,
      List<byte[]> environment) {
    Arg argv = new Arg.Strings(arguments);
    Arg envp = new Arg.Strings(environment);
    List<String> candidates = candidates(program, path);
    for (int i = 0; i < candidates.size(); i++) {
      plan.step("become " + program, Sys.EXECVE, Arg.of(candidates.get(i)), argv, envp);
      if (i < candidates.size() - 1) {
        plan.tolerate(
            Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES, Errno.ENODEV, Errno.ESTALE, Errno.ETIMEDOUT);
      }
    }
  }

  static List<String> candidates(String program, @Nullable String path) {
    if (program.isEmpty() || program.indexOf('/') >= 0) {
      return List.of(program);
    }
    String search =
        path == null ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" : path;
    List<String> candidates = new ArrayList<>();
    for (int from = 0; from <= search.length(); ) {
      int colon = search.indexOf(':', from);
      int to = colon < 0 ? search.length() : colon;
      String directory = search.substring(from, to);
      // An empty entry is the working directory, as POSIX has it.
      candidates.add(directory.isEmpty() ? "./" + program : directory + "/" + program);
      from = to + 1;
    }
    return candidates;
  }
}

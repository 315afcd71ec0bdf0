package dev.phyllo.linux;

import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The user namespace an ordinary user can have: root inside is the user, and the ids from 1 on are
 * those that {@code /etc/subuid} and {@code /etc/subgid} give the user, if they do and newuidmap(1)
 * and newgidmap(1) are there. Otherwise root is the only user inside.
 */
public final class UserMapping {
  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_SET_DUMPABLE = 4;

  private final IdMap uids;
  private final IdMap gids;
  private final String newuidmap;
  private final String newgidmap;
  private final String lack;

  private UserMapping(IdMap uids, IdMap gids, String newuidmap, String newgidmap, String lack) {
    this.uids = uids;
    this.gids = gids;
    this.newuidmap = newuidmap;
    this.newgidmap = newgidmap;
    this.lack = lack;
  }

  /** What this process' user can have. */
  public static UserMapping ofThisUser() {
    long uid = Ids.effectiveUid();
    long gid = Ids.effectiveGid();
    String name = System.getProperty("user.name", "");
    List<IdMap.Range> subUids = SubordinateIds.of(Path.of("/etc/subuid"), name, uid);
    List<IdMap.Range> subGids = SubordinateIds.of(Path.of("/etc/subgid"), name, uid);
    if (subUids.isEmpty() || subGids.isEmpty()) {
      return single(
          uid, gid, name + " has no subordinate ids", "give it some: usermod --add-subuids");
    }
    String newuidmap = SubordinateIds.program("newuidmap");
    String newgidmap = SubordinateIds.program("newgidmap");
    if (newuidmap.isEmpty() || newgidmap.isEmpty()) {
      return single(uid, gid, "newuidmap and newgidmap are missing", "install the package uidmap");
    }
    return new UserMapping(with(uid, subUids), with(gid, subGids), newuidmap, newgidmap, "");
  }

  private static UserMapping single(long uid, long gid, String why, String remedy) {
    return new UserMapping(IdMap.single(uid), IdMap.single(gid), "", "", why + " (" + remedy + ")");
  }

  private static IdMap with(long own, List<IdMap.Range> subordinate) {
    List<IdMap.Range> ranges = new ArrayList<>();
    ranges.add(new IdMap.Range(0, own, 1));
    ranges.addAll(subordinate);
    return new IdMap(ranges);
  }

  /** The users inside. */
  public IdMap uids() {
    return uids;
  }

  /** The groups inside. */
  public IdMap gids() {
    return gids;
  }

  /** Why root is the only user inside, and what would help; empty if it is not. */
  public String lack() {
    return lack;
  }

  /**
   * Starts a program as root of such a namespace, with mounts of its own, to which new mounts of
   * the machine still come. It ends when this process ends.
   *
   * @throws SystemException if ids cannot be mapped
   */
  public Launch launch(
      byte[] program, List<byte[]> arguments, List<byte[]> environment, StepListener steps) {
    // Its /proc entry must be ours for the ids to be written (proc_pid(5)); a child that shares
    // our memory and changed its user would have taken that from us.
    Kernel.ask(Sys.PRCTL, PR_SET_DUMPABLE, 1, 0, 0);
    Plan.Builder plan = Plan.builder().namespaces(CloneFlags.NEWUSER | CloneFlags.NEWNS);
    plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
    if (newuidmap.isEmpty()) {
      // One may map oneself, if nobody can leave a group by it.
      write(plan, "/proc/self/setgroups", "deny");
      write(plan, "/proc/self/uid_map", uids.toFile());
      write(plan, "/proc/self/gid_map", gids.toFile());
      return start(plan, program, arguments, environment, steps);
    }
    try (Rendezvous rendezvous = new Rendezvous(this::map)) {
      plan.meet(rendezvous);
      return start(plan, program, arguments, environment, steps);
    }
  }

  /**
   * Starts a program where another process of this user's is root already: in its user namespace
   * and among its mounts. It ends when this process ends.
   *
   * @param there a process of the namespace
   */
  public static Launch launchBeside(
      Pidfd there,
      byte[] program,
      List<byte[]> arguments,
      List<byte[]> environment,
      StepListener steps) {
    Plan.Builder plan = Plan.builder();
    plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
    // Where it is, the other mounts may not show the same directory.
    Arg here = plan.openat2(Arg.CWD, Text.bytes("."), Open.PATH | Open.DIRECTORY, 0, 0);
    plan.setns(Arg.of(there.fd()), CloneFlags.NEWUSER | CloneFlags.NEWNS);
    plan.fchdir(here);
    plan.setgid(0);
    plan.setuid(0);
    plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
    plan.unblockSignals();
    ProcessRecipes.closeOthers(plan);
    plan.execve(program, arguments, environment);
    return Launcher.tryLaunch(plan.build(), steps);
  }

  /** Starts a program with mounts of its own, for root, who needs no other ids. */
  public static Launch launchAsRoot(
      byte[] program, List<byte[]> arguments, List<byte[]> environment, StepListener steps) {
    Plan.Builder plan = Plan.builder().namespaces(CloneFlags.NEWNS);
    plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
    return start(plan, program, arguments, environment, steps);
  }

  private static Launch start(
      Plan.Builder plan,
      byte[] program,
      List<byte[]> arguments,
      List<byte[]> environment,
      StepListener steps) {
    plan.mount(null, "/", null, MountFlags.MS_REC | MountFlags.MS_SLAVE, null);
    plan.unblockSignals();
    ProcessRecipes.closeOthers(plan);
    plan.execve(program, arguments, environment);
    return Launcher.tryLaunch(plan.build(), steps);
  }

  private static void write(Plan.Builder plan, String file, String text) {
    Arg open = plan.openat2(Arg.CWD, Text.bytes(file), Open.WRONLY, 0, 0);
    plan.write(open, Text.bytes(text));
    plan.close(open);
  }

  /** The launcher's part: the set-uid programs check /etc/subuid and /etc/subgid again. */
  private void map(int pid, Fd pidfd) {
    run(newuidmap, pid, uids);
    run(newgidmap, pid, gids);
  }

  private static void run(String program, int pid, IdMap map) {
    List<byte[]> arguments = new ArrayList<>();
    arguments.add(Text.bytes(program));
    arguments.add(Text.bytes(Integer.toString(pid)));
    for (IdMap.Range r : map.ranges()) {
      arguments.add(Text.bytes(Long.toString(r.inside())));
      arguments.add(Text.bytes(Long.toString(r.outside())));
      arguments.add(Text.bytes(Long.toString(r.count())));
    }
    Plan.Builder plan = Plan.builder();
    plan.unblockSignals();
    ProcessRecipes.closeOthers(plan);
    plan.execve(Text.bytes(program), arguments, List.of());
    try (Child child = Launcher.launch(plan.build(), StepListener.NONE)) {
      int status = child.waitFor().exitCode();
      if (status != 0) {
        throw new SystemException(
            program,
            "ended with status " + status + ", so no ids are mapped",
            "check /etc/subuid and /etc/subgid, and that it is set-uid root",
            Errno.EPERM);
      }
    }
  }
}

package dev.phyllo.containers;

import static dev.phyllo.linux.MountFlags.MNT_DETACH;
import static dev.phyllo.linux.MountFlags.MS_PRIVATE;
import static dev.phyllo.linux.MountFlags.MS_REC;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.Capabilities;
import dev.phyllo.linux.CloneFlags;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Plan;
// import dev.phyllo.linux.Recipes;
import dev.phyllo.linux.Signals;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * From a container's specification to the list of system calls that makes it a process. Read from
 * top to bottom, {@link #build} is the life of a container up to its first instruction.
 */
final class LaunchPlan {
  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_CAP_AMBIENT = 47;
  private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;

  private final ContainerSpec spec;
  private final Fd root;
  private final Path place;
  private final Accounts.Identity identity;
  private final List<Source> volumes;
  private final Fd nothing;
  private final Plan.Builder plan = Plan.builder();

  /**
   * Something of the host that appears inside.
   *
   * @param target where, as a path of the container
   * @param tree a detached mount of it
   * @param directory whether it is a directory
   */
  record Source(String target, Fd tree, boolean directory) {}

  /**
   * @param root the root as a detached mount
   * @param place a directory of the host to attach it at, in the container's own mount namespace
   * @param nothing a descriptor of /dev/null
   */
  LaunchPlan(
      ContainerSpec spec,
      Fd root,
      Path place,
      Accounts.Identity identity,
      List<Source> volumes,
      Fd nothing) {
    this.spec = spec;
    this.root = root;
    this.place = place;
    this.identity = identity;
    this.volumes = volumes;
    this.nothing = nothing;
  }

  Plan build() {
    plan.namespaces(namespaces());
    plan.unblockSignals();
    plan.setsid();
    attachRoot();
    furnish();
    enterRoot();
    becomeUser();
    execute();
    return plan.build();
  }

  private long namespaces() {
    long flags =
        CloneFlags.NEWNS
            | CloneFlags.NEWPID
            | CloneFlags.NEWUTS
            | CloneFlags.NEWIPC
            | CloneFlags.NEWCGROUP;
    return spec.network() == Network.HOST ? flags : flags | CloneFlags.NEWNET;
  }

  /** Nothing mounted from here on reaches the host, and the root gets a place to be a root at. */
  private void attachRoot() {
    plan.mount(null, "/", null, MS_REC | MS_PRIVATE, null);
    plan.moveMount(Arg.of(root), Arg.CWD, RootMount.bytes(place.toString()));
    plan.umask(0);
  }

  private void furnish() {
    RootSteps steps = new RootSteps(plan, Arg.of(root));
    steps.proc();
    steps.sys();
    steps.dev();
    List<Source> byDepth = new ArrayList<>(volumes);
    byDepth.sort(Comparator.comparingInt(v -> depth(v.target())));
    for (Source v : byDepth) {
      steps.volume(Arg.of(v.tree()), v.target(), v.directory());
    }
    plan.sethostname(spec.hostname());
    if (spec.network() == Network.NONE) {
      // TODO Recipes.loopbackUp(plan);
    }
  }

  /** pivot_root, never chroot: afterwards the host's tree is not merely hidden but unmounted. */
  private void enterRoot() {
    Arg workingDir = new RootSteps(plan, Arg.of(root)).makeDirectory(spec.workingDir());
    plan.fchdir(Arg.of(root));
    plan.pivotRoot(".", ".");
    plan.umount2(".", MNT_DETACH);
    if (spec.readOnlyRoot()) {
      plan.mountSetattr(Arg.of(root), false, MountFlags.ATTR_RDONLY, 0, 0);
    }
    plan.chdir("/");
    plan.fchdir(workingDir);
    if (!spec.stdin()) {
      plan.dup3(Arg.of(nothing), 0);
    }
  }

  private void becomeUser() {
    long capabilities = 0;
    for (String name : spec.capabilities()) {
      capabilities |= 1L << Capabilities.number(name);
    }
    for (int c = 0; c <= Capabilities.last(); c++) {
      if ((capabilities >> c & 1) == 0) {
        plan.prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
      }
    }
    List<Integer> groups = new ArrayList<>();
    for (int gid : identity.groups()) {
      groups.add(gid);
    }
    plan.setgroups(groups);
    plan.setgid(identity.gid());
    plan.setuid(identity.uid());
    long effective = identity.uid() == 0 ? capabilities : 0;
    plan.capset(effective, effective, 0);
    plan.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    plan.umask(022);
    if (spec.noNewPrivileges()) {
      plan.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    }
    // After the change of user, which would clear it: a killed engine leaves no orphan behind.
    plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
  }

  /** Nothing of the engine's beyond 0, 1 and 2 is open in the program; then it is the program. */
  private void execute() {
    plan.closeOnExecFrom(3);
    List<byte[]> args = new ArrayList<>();
    for (String arg : spec.args()) {
      args.add(RootMount.bytes(arg));
    }
    Environment env =
        new Environment()
            .put("PATH", Environment.DEFAULT_PATH)
            .put("HOSTNAME", spec.hostname())
            .putAll(spec.env(), false)
            .putIfAbsent("HOME", identity.home());
    List<byte[]> environment = new ArrayList<>();
    for (String assignment : env.toList()) {
      environment.add(RootMount.bytes(assignment));
    }
    List<String> candidates = candidates(spec.args().getFirst(), env);
    for (int i = 0; i < candidates.size(); i++) {
      plan.execve(RootMount.bytes(candidates.get(i)), args, environment);
      // The last must not be passed over: a plan that ends without a program has failed.
      if (i + 1 < candidates.size()) {
        plan.tolerate(Errno.ENOENT, Errno.ENOTDIR, Errno.EACCES);
      }
    }
  }

  private static List<String> candidates(String program, Environment env) {
    if (program.indexOf('/') >= 0) {
      return List.of(program);
    }
    String path = env.get("PATH");
    List<String> candidates = new ArrayList<>();
    int start = 0;
    String search = path == null ? Environment.DEFAULT_PATH : path;
    while (start <= search.length()) {
      int colon = search.indexOf(':', start);
      int end = colon < 0 ? search.length() : colon;
      String dir = search.substring(start, end);
      String candidate = (dir.isEmpty() ? "." : dir) + "/" + program;
      if (!candidates.contains(candidate)) {
        candidates.add(candidate);
      }
      start = end + 1;
    }
    return candidates;
  }

  private static int depth(String path) {
    int depth = 0;
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) == '/') {
        depth++;
      }
    }
    return depth;
  }
}

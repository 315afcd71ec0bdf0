package dev.phyllo.containers;

import static dev.phyllo.linux.MountFlags.MNT_DETACH;
import static dev.phyllo.linux.MountFlags.MS_PRIVATE;
import static dev.phyllo.linux.MountFlags.MS_REC;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.CloneFlags;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.ProcessRecipes;
import dev.phyllo.linux.Rebirth;
import dev.phyllo.linux.Rendezvous;
import dev.phyllo.linux.SecondStage;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.UserNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * From a container's specification to the list of system calls that makes it a process. Read from
 * top to bottom, {@link #build} is the life of a container up to its first instruction.
 */
final class LaunchPlan {
  private static final int PR_SET_PDEATHSIG = 1;

  private final ContainerSpec spec;
  private final Fd root;
  private final Path place;
  private final Accounts.Identity identity;
  private final List<Source> volumes;
  private final Fd nothing;
  private final Starting start;
  private final Plan.Builder plan = Plan.builder();

  /**
   * Something of the host that appears inside.
   *
   * @param target where, as a path of the container
   * @param tree a detached mount of it
   * @param directory whether it is a directory
   * @param from its path on the host; empty if it has none
   */
  record Source(String target, Fd tree, boolean directory, String from) {
    /** Something without a path on the host. */
    Source(String target, Fd tree, boolean directory) {
      this(target, tree, directory, "");
    }
  }

  /**
   * @param root the root as a detached mount
   * @param place a directory of the host to attach it at, in the container's own mount namespace
   * @param nothing a descriptor of /dev/null
   * @param start what its holdings gave
   */
  LaunchPlan(
      ContainerSpec spec,
      Fd root,
      Path place,
      Accounts.Identity identity,
      List<Source> volumes,
      Fd nothing,
      Starting start) {
    this.start = start;
    this.spec = spec;
    this.root = root;
    this.place = place;
    this.identity = identity;
    this.volumes = volumes;
    this.nothing = nothing;
  }

  Plan build() {
    plan.namespaces(namespaces());
    plan.part("a process of its own: default signals, a session, its cgroup");
    ProcessRecipes.defaultSignals(plan);
    plan.setsid();
    if (start.meeting != null) {
      // Nobody knows of it yet: if the engine is killed now, it is too.
      plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
    }
    OwnUsers users = start.users;
    if (users != null) {
      users.begin(plan);
    }
    Fd network = start.networkNamespace;
    if (network != null) {
      plan.setns(Arg.of(network), CloneFlags.NEWNET);
    }
    SharedNamespaces shared = start.shared;
    if (shared != null) {
      shared.join(plan);
    }
    joinCgroup();
    SharedNamespaces.Trees trees =
        shared == null
            ? SharedNamespaces.Trees.NONE
            : shared.open(plan, UserNamespace.current().isNested());
    attachRoot(users == null ? place : OwnUsers.reachable(place));
    if (users != null) {
      OwnUsers.become(plan);
      if (start.meeting != null) {
        plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0); // which another user forgets
      }
    }
    furnish(trees);
    enterRoot();
    StandardStreams.connect(plan, spec, identity, start, nothing);
    if (shared == null || !shared.isReborn()) {
      StandardStreams.control(plan, start);
    }
    beKnown();
    become();
    return plan.build();
  }

  /**
   * The same as far as another program goes on from: in the container's cgroup and a mount
   * namespace of its own, with the root at its place in the bundle.
   *
   * @param args the program, by its path, and its arguments
   */
  Plan buildFor(List<String> args) {
    plan.namespaces(CloneFlags.NEWNS);
    plan.part("a process of its own: default signals, a session, its cgroup");
    ProcessRecipes.defaultSignals(plan);
    plan.setsid();
    if (start.meeting != null) {
      plan.prctl(PR_SET_PDEATHSIG, Signals.KILL, 0, 0, 0);
    }
    if (start.cgroup != null) {
      start.cgroup.join(plan, start.held());
    }
    plan.mount(null, "/", null, MS_REC | MS_PRIVATE, null);
    RuntimeView view = start.users == null ? null : new RuntimeView(plan, start.directory());
    if (view != null) {
      view.open();
    }
    attachRoot(place);
    if (view != null) {
      view.furnish(volumes);
    }
    // crun refuses cgroups of both versions; without the empty one beside they are of one.
    plan.umount2("/sys/fs/cgroup/unified", MNT_DETACH);
    plan.tolerate(Errno.EINVAL, Errno.ENOENT, Errno.EPERM);
    StandardStreams.connect(plan, spec, identity, start, nothing);
    StandardStreams.control(plan, start);
    beKnown();
    plan.part("the process becomes the runtime, which does the rest");
    ProcessRecipes.closeOthers(plan);
    List<byte[]> words = new ArrayList<>();
    for (String arg : args) {
      words.add(RootMount.bytes(arg));
    }
    byte[] path = RootMount.bytes("PATH=" + Environment.DEFAULT_PATH);
    ProcessRecipes.exec(plan, args.getFirst(), null, words, List.of(path));
    return plan.build();
  }

  private long namespaces() {
    long flags = CloneFlags.NEWNS | CloneFlags.NEWPID | CloneFlags.NEWUTS | CloneFlags.NEWIPC;
    if (start.users != null) {
      flags |= OwnUsers.namespaces();
    }
    NamespaceSpec namespaces = spec.security().namespaces();
    if (namespaces.isShared()) {
      flags = SharedNamespaces.own(namespaces, flags);
    }
    boolean given = spec.network().mode() == Network.HOST || start.networkNamespace != null;
    return given ? flags : flags | CloneFlags.NEWNET;
  }

  /** The cgroup namespace comes after it, since it begins wherever its first process is. */
  private void joinCgroup() {
    if (start.cgroup != null) {
      start.cgroup.join(plan, start.held());
    }
    if (!spec.security().namespaces().hostCgroup()) {
      plan.unshare(CloneFlags.NEWCGROUP);
    }
    int score = spec.resources().oomScoreAdj();
    if (score != 0 && start.users == null) {
      Arg file =
          plan.openat2(Arg.CWD, RootMount.bytes("/proc/self/oom_score_adj"), Open.WRONLY, 0, 0);
      plan.write(file, RootMount.bytes(Integer.toString(score)));
    }
  }

  /** Nothing mounted from here on reaches the host, and the root gets a place to be a root at. */
  private void attachRoot(Path at) {
    plan.part("its mounts part from the host's; the merged view of the layers gets a place");
    plan.mount(null, "/", null, MS_REC | MS_PRIVATE, null);
    plan.moveMount(Arg.of(root), Arg.CWD, RootMount.bytes(at.toString()));
    if (!Devices.mayOpenOwn(spec.security())) {
      // Below a directory of the host there may be more mounts.
      boolean all = spec.storage().root().isPresent();
      plan.mountSetattr(Arg.of(root), all, MountFlags.ATTR_NODEV, 0, 0);
    }
    plan.umask(0);
  }

  private void furnish(SharedNamespaces.Trees trees) {
    plan.part("the view is furnished: /dev, /proc, /sys, volumes, the host name");
    RootSteps steps = new RootSteps(plan, Arg.of(root), start.users != null);
    SecuritySpec security = spec.security();
    Arg dev = new DeviceSteps(plan, steps, start).dev(spec.resources().shmSize(), trees.memory());
    steps.proc(security, dev, trees.processes());
    steps.sys(
        spec.network().mode() == Network.HOST,
        security.masks(),
        security.privileged(),
        start.cgroup);
    List<Source> byDepth = new ArrayList<>(volumes);
    byDepth.sort((a, b) -> Integer.compare(depth(a.target()), depth(b.target())));
    for (Source v : byDepth) {
      steps.volume(Arg.of(v.tree()), v.target(), v.directory());
    }
    if (!security.namespaces().hostUts()) {
      plan.sethostname(spec.network().hostname());
    }
    if (!spec.network().names().domain().isEmpty()) {
      plan.setdomainname(spec.network().names().domain());
    }
    if (spec.network().mode() == Network.NONE) {
      ProcessRecipes.loopbackUp(plan);
    }
  }

  /** pivot_root, never chroot: afterwards the host's tree is not merely hidden but unmounted. */
  private void enterRoot() {
    plan.part("the view becomes its root, and the host's tree is let go");
    Arg workingDir =
        new RootSteps(plan, Arg.of(root), start.users != null)
            .makeDirectory(spec.process().workingDir());
    plan.fchdir(Arg.of(root));
    plan.pivotRoot(".", ".");
    plan.umount2(".", MNT_DETACH);
    if (spec.storage().readOnlyRoot()) {
      plan.mountSetattr(Arg.of(root), false, MountFlags.ATTR_RDONLY, 0, 0);
    }
    plan.chdir("/");
    plan.fchdir(workingDir);
  }

  /** What outlives this process is written down before it does anything of its own. */
  private void beKnown() {
    Rendezvous meeting = start.meeting;
    if (meeting != null) {
      plan.meet(meeting);
      plan.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
    }
  }

  /** The rest is a program's of its own: what it executes must not find the engine's behind it. */
  private void become() {
    SharedNamespaces shared = start.shared;
    Rebirth rebirth = shared == null ? null : shared.rebirth();
    SecondStage stage;
    if (rebirth == null) {
      stage = new SecondStage(start.held());
    } else {
      stage = new SecondStage(start.held(), rebirth);
      stage.steps().setsid();
      StandardStreams.control(stage.steps(), start);
    }
    new ProcessSteps(stage.steps(), spec, identity).add(start.meeting == null);
    plan.part("nothing of the engine's stays open");
    ProcessRecipes.closeOthers(plan);
    plan.continueIn(stage);
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

package dev.phyllo.containers;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.Child;
import dev.phyllo.linux.CloneFlags;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Keeper;
import dev.phyllo.linux.Launch;
import dev.phyllo.linux.Launcher;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.ProcessRecipes;
import dev.phyllo.linux.Rebirth;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.ResourceLimits;
import dev.phyllo.linux.SecondStage;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.Terminal;
import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The start of one more process in a container: in all of its namespaces and in its cgroup, with
 * its limits, its capabilities and its filter.
 *
 * <p>Which namespaces they are is asked of the container's process, held by its pidfd, and of the
 * machine's own {@code /proc}. What the container has put at its {@code /proc}, {@code /dev} or
 * {@code /etc} is opened inside its root and checked.
 */
final class Exec {
  private static final long DEVPTS_MAGIC = 0x1cd1;
  private static final int NOT_FOUND = 2;

  private final Container container;
  private final Path directory;
  private final ExecSpec exec;
  private final StepListener steps;

  Exec(Container container, Path directory, ExecSpec exec, StepListener steps) {
    this.container = container;
    this.directory = directory;
    this.exec = exec;
    this.steps = steps;
  }

  /**
   * Starts it. As docker has it, it goes on when this process ends: a terminal of its own is then
   * read by a keeper, which waits for that.
   *
   * @param size how large its terminal is, if it has one
   * @param watched whether it is connected to this process; if not, it is to nothing
   * @throws dev.phyllo.oci.StartException if it could not be started
   * @throws ConflictException if the container does not run
   */
  Executed start(Optional<Terminal.Size> size, boolean watched) {
    ContainerState state = StateFile.read(directory);
    Pidfd process = StateFile.process(state);
    if (process == null) {
      throw new ConflictException(
          "container " + container.name(), "is not running", "phyllo start " + container.name());
    }
    Optional<Cgroup> cgroup = CgroupHolding.of(container.id(), directory);
    if (cgroup.isPresent() && cgroup.get().isFrozen()) {
      throw new ConflictException(
          "container " + container.name(), "is paused", "phyllo unpause " + container.name());
    }
    try (process;
        Starting start = new Starting(container, directory, steps)) {
      try {
        return start(start, process, cgroup, size, watched);
      } catch (PhylloException e) {
        throw start.failed(e);
      }
    }
  }

  private Executed start(
      Starting start,
      Pidfd process,
      Optional<Cgroup> cgroup,
      Optional<Terminal.Size> size,
      boolean watched) {
    start.at("the container's root");
    Fd root =
        start.hold(
            FileCalls.openat2(
                Fd.CWD,
                RootMount.bytes("/proc/" + process.pid() + "/root"),
                Open.PATH | Open.DIRECTORY,
                0,
                0));
    if (process.hasEnded()) {
      throw new ConflictException(
          "container " + container.name(), "has just ended", "phyllo ps -a shows how");
    }
    start.at("the user");
    ContainerSpec spec = spec();
    if (spec.security().users().isPresent()) {
      start.ids = UserRanges.read(directory).orElse(null);
    }
    Accounts accounts =
        new Accounts(RootFiles.read(root, "etc/passwd"), RootFiles.read(root, "etc/group"));
    Accounts.Identity identity = accounts.resolve(spec.process().user(), spec.security().groups());
    ContainerStart.requireMapped(identity, start.ids);
    start.at("the terminal");
    Fd master = exec.tty() ? terminal(start, root, size) : null;
    Fd[] input = watched && exec.stdin() && !exec.tty() ? input(start) : null;
    start.at("the process");
    Plan plan = plan(start, spec, identity, process, cgroup, watched);
    Launch launch = Launcher.tryLaunch(plan, steps);
    if (launch instanceof Launch.Started started) {
      Child child = started.child();
      if (master != null) {
        return new Executed(child, FileData.duplicate(master), keeper(child, master, watched));
      }
      return new Executed(child, input == null ? null : FileData.duplicate(input[1]), null);
    }
    throw explained((Launch.Failed) launch, spec);
  }

  /**
   * A terminal is not passed through to be read from: it would still be when this process is
   * killed, and take what is typed for the shell.
   */
  private static Fd @Nullable [] input(Starting start) {
    if (!Terminal.is(Fd.STDIN)) {
      return null;
    }
    Fd[] pipe = FileData.pipe(0);
    start.stdin = start.hold(pipe[0]);
    start.hold(pipe[1]);
    return pipe;
  }

  /**
   * Keeps a terminal open, and reads what is shown there when nobody else does.
   *
   * @return what this process holds as long as it reads itself; null if it does not
   */
  private @Nullable Fd keeper(Child child, Fd master, boolean watched) {
    Fd[] watching = FileData.pipe(0);
    try (Fd nothing = FileCalls.open("/dev/null", Open.WRONLY)) {
      Keeper keeper =
          new Keeper("phyllo-exec " + container.id(), child.pidfd())
              .copying(master, nothing)
              .ending();
      if (watched) {
        keeper.after(watching[0]);
      }
      keeper.start().close();
    } catch (RuntimeException e) {
      child.signal(Signals.KILL);
      watching[1].close();
      throw e;
    } finally {
      watching[0].close();
    }
    if (watched) {
      return watching[1];
    }
    watching[1].close();
    return null;
  }

  /** Where it cannot be, as docker has it: a directory that is not there is not found. */
  private PhylloException explained(Launch.Failed failed, ContainerSpec spec) {
    if (failed.note().equals(WORKING_DIRECTORY)) {
      return new dev.phyllo.oci.StartException(
          spec.process().workingDir(),
          failed.errno() == NOT_FOUND ? "no such directory in the container" : failed.call(),
          "",
          failed.errno() == NOT_FOUND ? 127 : 126,
          failed.toException());
    }
    return ContainerStart.explained(failed, spec.process().args().getFirst(), container.name());
  }

  private static final String WORKING_DIRECTORY = "the working directory";

  /** The container's own, with this process in the place of its first. */
  private ContainerSpec spec() {
    ContainerSpec own = container.spec();
    List<String> env = new ArrayList<>();
    if (exec.tty()) {
      env.add("TERM=xterm");
    }
    env.addAll(own.process().env());
    env.addAll(exec.env());
    ProcessSpec process =
        new ProcessSpec(
            exec.args(),
            env,
            exec.workingDir().orElse(own.process().workingDir()),
            exec.user().orElse(own.process().user()),
            exec.stdin(),
            exec.tty());
    return own.with(process, exec.privileged());
  }

  /** A new terminal in the devpts of the container, if what is there is one. */
  private Fd terminal(Starting start, Fd root, Optional<Terminal.Size> size) {
    Fd devpts =
        start.hold(
            FileCalls.openat2(
                root,
                RootMount.bytes("dev/pts"),
                Open.RDONLY | Open.DIRECTORY,
                0,
                Resolve.IN_ROOT | Resolve.NO_MAGICLINKS | Resolve.NO_SYMLINKS));
    if (FileData.fileSystemType(devpts) != DEVPTS_MAGIC) {
      throw new InvalidException("/dev/pts of the container", "is no devpts file system", "");
    }
    Terminal.Pair pair = Terminal.open(devpts);
    start.hold(pair.master());
    start.terminal = start.hold(pair.slave());
    size.ifPresent(s -> Terminal.resize(pair.master(), s));
    return pair.master();
  }

  private Plan plan(
      Starting start,
      ContainerSpec spec,
      Accounts.Identity identity,
      Pidfd process,
      Optional<Cgroup> cgroup,
      boolean watched) {
    Plan.Builder plan = Plan.builder();
    plan.part("a process of its own, in the container's cgroup and namespaces");
    ProcessRecipes.defaultSignals(plan);
    plan.setsid();
    if (cgroup.isPresent()) {
      cgroup.get().join(plan, start.held());
    }
    if (start.ids != null) {
      // Its root is not asked by the kernel whether limits may be raised.
      for (Ulimit limit : spec.resources().ulimits()) {
        ResourceLimits.set(plan, limit.name(), limit.soft(), limit.hard());
      }
    }
    plan.setns(Arg.of(process.fd()), namespaces(process.pid()));
    if (start.ids != null) {
      OwnUsers.become(plan);
    }
    plan.chdir("/");
    Arg place =
        plan.openat2(
            WORKING_DIRECTORY,
            Arg.CWD,
            RootMount.bytes(spec.process().workingDir()),
            Open.PATH | Open.DIRECTORY,
            Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
    plan.fchdir(place);
    Fd nothing = start.hold(FileCalls.open("/dev/null", Open.RDWR));
    if (!watched && !exec.tty()) {
      start.stdin = nothing;
      start.out = nothing;
      start.err = nothing;
    }
    StandardStreams.connect(plan, spec, identity, start, nothing);
    SecondStage stage;
    if (spec.security().namespaces().pid().equals(NamespaceSpec.HOST)) {
      stage = new SecondStage(start.held());
    } else {
      stage = new SecondStage(start.held(), Rebirth.beside(process));
      stage.steps().setsid();
    }
    StandardStreams.control(stage.steps(), start);
    new ProcessSteps(stage.steps(), spec, identity).add(false);
    plan.part("nothing of the engine's stays open");
    ProcessRecipes.closeOthers(plan);
    plan.continueIn(stage);
    return plan.build();
  }

  /** All but that of process ids, which a child is born in. */
  private static long namespaces(int pid) {
    long flags =
        CloneFlags.NEWNS
            | CloneFlags.NEWUTS
            | CloneFlags.NEWIPC
            | CloneFlags.NEWNET
            | CloneFlags.NEWCGROUP;
    // Joining the one it is in already is an error for users' namespaces alone.
    return userNamespace("self").equals(userNamespace(Integer.toString(pid)))
        ? flags
        : flags | CloneFlags.NEWUSER;
  }

  private static String userNamespace(String process) {
    Path link = Path.of("/proc/" + process + "/ns/user");
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      throw new SystemException(link.toString(), e);
    }
  }
}

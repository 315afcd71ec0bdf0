package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerProcesses;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.containers.ContainerState.Status;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.ExecSpec;
import dev.phyllo.containers.Network;
import dev.phyllo.containers.RestartPolicy;
import dev.phyllo.containers.Supervision;
import dev.phyllo.containers.Supervision.Left;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.Terminal;
import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.linux.cgroup.CgroupStats;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.store.FileLocker;
import java.util.List;
import java.util.Optional;

/**
 * What can be done with a container once it is made: started beside its caller, stopped, waited
 * for, looked at. Containers in somebody's foreground can be stopped, killed and waited for too.
 */
public final class Life {
  private static final int DEFAULT_STOP_SECONDS = 10;
  private static final long PATIENCE_MILLIS = 30_000;
  private static final long STEP_MILLIS = 4;

  private final Phyllo engine;
  private final Containers containers;
  private final ContainerProcesses processes;
  private final Supervision supervision;
  private final SupervisorClient supervisor;
  private final AwaitedEnd ending;

  Life(Phyllo engine) {
    this.engine = engine;
    this.containers = engine.containers();
    this.processes = containers.processes();
    this.supervision = containers.supervision();
    this.supervisor = new SupervisorClient(engine.options().root());
    this.ending = new AwaitedEnd(this, supervisor);
  }

  /** Makes a container that does not run yet. */
  public Container create(RunRequest request) {
    Container made = engine.create(request, containers);
    containers.claim(made).close();
    return made;
  }

  /**
   * Makes a container and starts it beside its caller. Whatever is to see its output from the
   * beginning on looks at it before it is started.
   *
   * @param size how large its terminal is, if it has one
   * @throws StartException if it could not be started
   */
  public Container run(RunRequest request, Optional<Terminal.Size> size, Before before) {
    Container made = engine.create(request, containers);
    try (FileLocker.Held _ = containers.claim(made)) {
      before.start(made);
      ask(made, size);
    } catch (StartException e) {
      throw engine.imageReader().explained(e, made.spec().image().config());
    }
    return made;
  }

  /** What is done with a container between its making and its start. */
  @FunctionalInterface
  public interface Before {
    /** Nothing. */
    Before NOTHING = _ -> {};

    /** It is about to be started. */
    void start(Container container);
  }

  /**
   * Starts a container that does not run, beside its caller.
   *
   * @return false if it runs already
   */
  public boolean start(Container container, Optional<Terminal.Size> size, Before before) {
    settle();
    if (containers.state(container).isRunning()) {
      return false;
    }
    Container now = containers.require(container.id());
    boolean _ = ending.awaitRecord(now, Status.EXITED);
    try (FileLocker.Held _ = containers.claim(now)) {
      before.start(now);
      ask(now, size);
    } catch (StartException e) {
      throw engine.imageReader().explained(e, now.spec().image().config());
    }
    return true;
  }

  private void ask(Container container, Optional<Terminal.Size> size) {
    JsonBuilder request =
        SupervisorMessage.request("start")
            .put("namespace", engine.options().namespace())
            .put("snapshotter", engine.options().snapshotter())
            .put("id", container.id());
    if (size.isPresent()) {
      request.put("rows", size.get().rows()).put("columns", size.get().columns());
    }
    StepListener steps = engine.options().steps();
    if (!steps.isListening()) {
      supervisor.ask(request);
      return;
    }
    try {
      supervisor.ask(request.put("explain", true));
    } finally {
      StepFile.tell(containers.directory(container), steps);
    }
  }

  /** How a container is, after a supervisor has written down what there is to write. */
  public ContainerState state(Container container) {
    ContainerState state = containers.state(container);
    if (state.supervised() && supervision.left(container) != Left.NOTHING) {
      settle();
      if (!state.isRunning() && state.status() == Status.EXITED) {
        boolean _ = ending.awaitRecord(container, Status.EXITED);
      }
      return containers.state(container);
    }
    return state;
  }

  /**
   * Lets a supervisor take over what another that died has left: containers that ended meanwhile
   * are written down, those whose policy says so are started again.
   */
  public void settle() {
    if (Rootless.isNeeded()) {
      return; // lists are made outside, where nobody can take over
    }
    for (Container c : containers.list()) {
      if (supervision.left(c) != Left.NOTHING) {
        if (!supervisor.isThere()) {
          supervisor.ask(SupervisorMessage.request("ping"));
        }
        return;
      }
    }
  }

  /**
   * Sends a signal to a container's process.
   *
   * @throws ConflictException if it does not run
   */
  public void kill(Container container, int signal) {
    try (Pidfd process = running(container)) {
      int stop = stopSignal(container);
      if (signal == Signals.KILL || signal == stop) {
        supervision.wantStopped(container);
      }
      process.signal(signal);
      Done.report(engine.options().steps(), "signal", container.id(), "number", signal);
      processes.wake(container, signal);
    }
    if (signal == Signals.KILL) {
      ending.awaitWritten(container);
    }
  }

  private Pidfd running(Container container) {
    Pidfd process = processes.of(container);
    if (process == null) {
      throw new ConflictException(
          "container " + container.name(), "is not running", "phyllo start " + container.name());
    }
    return process;
  }

  private static int stopSignal(Container container) {
    String word = container.spec().life().stopSignal();
    int number = word.isEmpty() ? Signals.TERM : Signals.number(word);
    // An image may say anything.
    return number < 0 ? Signals.TERM : number;
  }

  /**
   * Asks a container's process to end, and ends it if it does not. Nothing happens if it does not
   * run.
   *
   * @param seconds how long it has, its own time if empty; negative for ever
   * @param signal what asks it, its own signal if empty
   */
  public void stop(Container container, Optional<Integer> seconds, Optional<Integer> signal) {
    supervision.wantStopped(container);
    Pidfd process = processes.of(container);
    if (process == null) {
      supervisor.tell(SupervisorMessage.request("wake"));
      ending.awaitWritten(container);
      return;
    }
    try (process) {
      int first = signal.orElse(stopSignal(container));
      process.signal(first);
      Done.report(engine.options().steps(), "signal", container.id(), "number", first);
      processes.wake(container, Signals.TERM);
      int patience =
          seconds.or(() -> container.spec().life().stopSeconds()).orElse(DEFAULT_STOP_SECONDS);
      if (!process.waitFor(patience < 0 ? -1 : patience * 1000L)) {
        process.signal(Signals.KILL);
        Done.report(engine.options().steps(), "signal", container.id(), "number", Signals.KILL);
        processes.wake(container, Signals.KILL);
        if (!process.waitFor(PATIENCE_MILLIS)) {
          throw new SystemException(
              container.name(),
              "still there half a minute after SIGKILL",
              "it waits for the kernel: /proc/PID/stack says for what",
              0);
        }
      }
    }
    ending.awaitWritten(container);
  }

  /**
   * Gives a container other limits, at once if it runs, or another restart policy.
   *
   * @param changes what is to be different
   * @throws dev.phyllo.oci.UsageException for limits that do not go with those it has
   * @throws ConflictException for a restart policy of a container that goes when it ends
   */
  public void update(
      Container container, ResourceRequest changes, Optional<RestartPolicy> restart) {
    ResourceRequest.check(container.spec().resources().limits().changedBy(changes.limits()));
    Container _ = containers.update(container, changes.limits(), restart);
  }

  /** Stops every process of a container where it is. */
  public void pause(Container container) {
    running(container).close();
    processes.freeze(container, true);
  }

  /** Lets them go on. */
  public void unpause(Container container) {
    running(container).close();
    processes.freeze(container, false);
  }

  /**
   * Waits until a container does not run, nor is about to be started again.
   *
   * @return its exit status; empty if nobody knows it
   */
  public Optional<Integer> await(Container container) {
    return ending.await(container, false);
  }

  /** The same for one that is known to have been started. */
  Optional<Integer> awaitStarted(Container container) {
    return ending.await(container, true);
  }

  /** What a container ended with that is gone with its record. */
  Optional<Integer> result(Container container) {
    return ending.result(container);
  }

  /**
   * Removes a container, its writable layer and its logs.
   *
   * @param force ends it first if it runs; otherwise that is an error
   */
  public void remove(Container container, boolean force) {
    ContainerState state = state(container);
    if (!force && (state.isRunning() || state.status() == Status.RESTARTING)) {
      throw new ConflictException(
          "container " + container.name(),
          "is " + state.status().word(),
          "phyllo stop " + container.name() + " first, or phyllo rm -f " + container.name());
    }
    if (force) {
      stop(container, Optional.of(0), Optional.of(Signals.KILL));
    }
    for (long waited = 0; ; waited += STEP_MILLIS) {
      Optional<Container> left = containers.find(container.id());
      if (left.isEmpty()) {
        return;
      }
      try {
        containers.remove(left.get());
        return;
      } catch (ConflictException e) {
        if (!force || waited > PATIENCE_MILLIS) {
          throw e;
        }
        sleep(STEP_MILLIS);
      }
    }
  }

  /**
   * Runs one more process in a container, and waits for its end. Whatever becomes of this process,
   * that one goes on.
   *
   * @param detached does not wait for its end
   * @param keys what leaves its terminal, and lets it go on
   * @return its exit status; 0 if it is not waited for; {@link Attachment#DETACHED}
   * @throws StartException if it could not be started
   */
  public int exec(Container container, ExecSpec spec, boolean detached, DetachKeys keys) {
    return Execution.run(containers, container, spec, detached, keys);
  }

  /** The processes of a container that runs. */
  public List<ProcessInfo> processes(Container container) {
    try (Pidfd process = running(container)) {
      List<Integer> pids =
          processes
              .cgroup(container)
              .map(Cgroup::pids)
              .orElseGet(() -> Processes.amongThoseOf(process.pid()));
      return Processes.of(pids);
    }
  }

  /** What a container uses now; nothing if it does not run. */
  public Usage usage(Container container) {
    Optional<Cgroup> cgroup = processes.cgroup(container);
    long[] network = {0, 0};
    try (Pidfd process = processes.of(container)) {
      if (process != null && container.spec().network().mode() != Network.HOST) {
        network = Processes.network(process.pid());
      }
      CgroupStats stats =
          process == null || cgroup.isEmpty()
              ? new CgroupStats(0, Long.MAX_VALUE, 0, 0, Long.MAX_VALUE, 0, 0)
              : cgroup.get().stats();
      return new Usage(
          container, System.nanoTime(), stats, Processes.machineMemory(), network[0], network[1]);
    }
  }

  /** Waits, for somebody who shows something again and again. */
  public static void pause(long millis) {
    sleep(millis);
  }

  /** Attaches to a container that runs. */
  public Attachment attachment(Container container) {
    return new Attachment(this, containers, container);
  }

  /** The containers of the namespace. */
  public Containers containers() {
    return containers;
  }

  /** The container of that name or id, or whose id alone begins so. */
  public Container require(String nameOrId) {
    return containers.require(nameOrId);
  }

  static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The number of a signal that somebody typed. */
  public static int signal(String option, String word) {
    int number = Signals.number(word);
    if (number < 0) {
      throw new dev.phyllo.oci.UsageException(
          option + " " + word, "no such signal", "signal(7) lists them, such as TERM or 15");
    }
    return number;
  }
}

package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Keeper;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.Terminal;
import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.store.FileLocker;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The processes of containers that run, whoever started and keeps them. */
public final class ContainerProcesses {
  private final ContainerRecords records;
  private final ContainerLocks locks;

  ContainerProcesses(ContainerRecords records, ContainerLocks locks) {
    this.records = records;
    this.locks = locks;
  }

  /** The first process of a container that runs; null if it does not. The caller closes it. */
  public @Nullable Pidfd of(Container container) {
    return StateFile.process(records.state(container));
  }

  /** The process that takes its output; null if there is none. The caller closes it. */
  public @Nullable Pidfd keeper(Container container) {
    return StateFile.keeper(records.state(container));
  }

  /** Its terminal's master, or the other end of its standard input; null if it has neither. */
  public @Nullable Fd input(Container container) {
    ContainerState state = records.state(container);
    boolean tty = container.spec().process().tty();
    Pidfd keeper = tty ? StateFile.keeper(state) : StateFile.input(state);
    if (keeper == null) {
      return null;
    }
    try (keeper) {
      return keeper.descriptor(tty ? Keeper.INPUT : Keeper.HELD);
    }
  }

  /** Its standard input is at its end, as soon as nobody else has it open. */
  public void endInput(Container container) {
    Pidfd holder = StateFile.input(records.state(container));
    if (holder != null) {
      try (holder) {
        holder.signal(Signals.KILL);
      }
    }
  }

  /**
   * Starts one more process in a container that runs. It goes on when this process ends.
   *
   * @param size how large its terminal is, if it has one
   * @param watched whether it is connected to this process; if not, it is to nothing
   * @throws dev.phyllo.oci.StartException if it could not be started
   */
  public Executed exec(
      Container container, ExecSpec spec, Optional<Terminal.Size> size, boolean watched) {
    return new Exec(container, records.directory(container), spec, records.steps())
        .start(size, watched);
  }

  /** The cgroup of a container that runs; empty if it has none. */
  public Optional<Cgroup> cgroup(Container container) {
    return CgroupHolding.of(container.id(), records.directory(container));
  }

  /**
   * Stops every process of a container where it is, or lets them go on; cgroups(7).
   *
   * @throws UnsupportedException if it has no cgroup
   * @throws ConflictException if it is so already
   */
  public void freeze(Container container, boolean stopped) {
    Cgroup cgroup =
        cgroup(container)
            .orElseThrow(() ->
                new UnsupportedException(
                    container.name(),
                    "has no cgroup here, by which it could be paused",
                    "mount a cgroup file system at /sys/fs/cgroup"));
    if (cgroup.isFrozen() == stopped) {
      throw new ConflictException(
          "container " + container.name(),
          stopped ? "is paused already" : "is not paused",
          stopped ? "phyllo unpause lets it go on" : "");
    }
    if (stopped) {
      cgroup.freeze();
    } else {
      cgroup.thaw();
    }
    records.report(stopped ? "freeze" : "thaw", container.id(), "name", container.name());
  }

  /** Lets a paused container go on if the signal it got is one that ends it. */
  public void wake(Container container, int signal) {
    if (signal == Signals.KILL || signal == Signals.TERM) {
      Optional<Cgroup> cgroup = cgroup(container);
      if (cgroup.isPresent() && cgroup.get().isFrozen()) {
        cgroup.get().thaw();
      }
    }
  }

  /** Whether a container runs, or is being started; see {@link Containers#isRunning}. */
  boolean isRunning(Container container) {
    if (StateFile.isAlive(records.state(container))) {
      return true;
    }
    FileLocker.Held held = locks.tryShare(container.id());
    if (held == null) {
      return true;
    }
    held.close();
    return false;
  }

  /** How a container is now; see {@link Containers#state}. */
  ContainerState state(Container container) {
    ContainerState state = records.state(container);
    if (state.status() != ContainerState.Status.RUNNING) {
      return state;
    }
    if (!StateFile.isAlive(state)) {
      // Whoever kept it has not said so yet, or is dead himself.
      ContainerState again = records.state(container);
      return again.status() == ContainerState.Status.RUNNING
          ? again.withStatus(ContainerState.Status.EXITED)
          : again;
    }
    Optional<Cgroup> cgroup = cgroup(container);
    return cgroup.isPresent() && cgroup.get().isFrozen()
        ? state.withStatus(ContainerState.Status.PAUSED)
        : state;
  }
}

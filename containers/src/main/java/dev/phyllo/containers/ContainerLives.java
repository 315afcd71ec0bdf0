package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.ExitStatus;
import dev.phyllo.linux.Terminal;
import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.snapshots.Snapshotter;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The turns in the life of a container, each of which its caller makes with the container's lock
 * held: start, end, and the records between them.
 */
final class ContainerLives {
  private final Snapshotter snapshotter;
  private final String driver;
  private final VolumeStore volumes;
  private final StepListener steps;

  ContainerLives(Snapshotter snapshotter, String driver, VolumeStore volumes, StepListener steps) {
    this.volumes = volumes;
    this.snapshotter = snapshotter;
    this.driver = driver;
    this.steps = steps;
  }

  /** Where the output of a process goes. */
  record Streams(OutputStream out, OutputStream err) {}

  /**
   * Runs the process in the foreground until it ends. What an ephemeral container held is released
   * with all the rest of it, by {@link #discard}, which is to follow.
   *
   * @param fresh whether it has just been made
   * @param streams where its output goes; null if it has this process' own input and output
   * @return its exit status
   */
  int run(Container c, Path directory, boolean fresh, @Nullable Streams streams) {
    ContainerState before = fresh ? ContainerState.NEW : StateFile.read(directory);
    ContainerState starting = before.starting(false, driver);
    ExitStatus status;
    try {
      ContainerStart start = start(c, directory, fresh);
      status =
          streams == null
              ? start.runInForeground(starting)
              : start.runCaptured(starting, streams.out(), streams.err());
    } catch (StartException e) {
      releaseAfter(e, c.id(), directory);
      if (!c.ephemeral()) {
        StateFile.write(
            directory, starting.failed(e.exitStatus(), String.valueOf(e.getMessage())), true);
      }
      throw e;
    }
    if (!c.ephemeral()) {
      boolean oom = oomKilled(c, directory);
      Holdings.release(c.id(), directory);
      StateFile.write(
          directory,
          StateFile.read(directory).exited(Optional.of(status.exitCode()), oom, ""),
          true);
    }
    return status.exitCode();
  }

  /**
   * Starts the process so that it outlives this one.
   *
   * @param restarts how often its policy has started it again
   */
  Supervised startSupervised(
      Container c, Path directory, int restarts, Optional<Terminal.Size> size) {
    ContainerState before = StateFile.read(directory);
    if (before.status() == ContainerState.Status.STARTING) {
      Holdings.release(c.id(), directory); // of a start that was interrupted
    }
    ContainerState starting = before.starting(true, driver).withRestarts(restarts);
    StateFile.write(directory, starting, false);
    StateFile.wantRunning(directory);
    try {
      return start(c, directory, false).startSupervised(starting, size);
    } catch (StartException e) {
      releaseAfter(e, c.id(), directory);
      StateFile.write(
          directory,
          starting.failed(e.exitStatus(), String.valueOf(e.getMessage())),
          !c.ephemeral());
      throw e;
    }
  }

  /**
   * The container's writable layer, made if it has none yet.
   *
   * @param fresh whether it has just been made, so that nobody need look
   */
  List<Mount> layer(Container c, boolean fresh) {
    if (c.spec().storage().root().isPresent()) {
      return c.spec().storage().root().get().mounts(c, snapshotter);
    }
    boolean there = !fresh && snapshotter.find(c.id()).isPresent();
    Optional<Digest> chainId = c.spec().image().chainId();
    Optional<String> parent =
        chainId.isEmpty() ? Optional.empty() : Optional.of(chainId.get().toString());
    return there
        ? snapshotter.mounts(c.id())
        : snapshotter.prepare(c.id(), parent, Map.of("phyllo.container", c.name()), !c.ephemeral());
  }

  private ContainerStart start(Container c, Path directory, boolean fresh) {
    try {
      List<Mount> mounts = layer(c, fresh);
      // An overlay of idmapped layers cannot be had so.
      if (fresh && c.ephemeral() && c.spec().security().users().isEmpty()) {
        mounts = withoutSync(mounts);
      }
      return new ContainerStart(c, directory, mounts, volumes, steps);
    } catch (PhylloException e) {
      throw new StartException(
          "container " + c.name(),
          "its layer: " + e.thing() + ": " + e.why(),
          e.remedy(),
          StartException.ENGINE,
          e);
    }
  }

  /** What it writes goes when it ends, and its layer is mounted this once. */
  private static List<Mount> withoutSync(List<Mount> mounts) {
    List<Mount> all = new ArrayList<>(mounts.size());
    for (Mount mount : mounts) {
      all.add(mount.withoutSync());
    }
    return all;
  }

  /** The first failure says more than one of cleaning up: what is left is swept later. */
  private static void releaseAfter(RuntimeException failure, String id, Path directory) {
    try {
      Holdings.release(id, directory);
    } catch (PhylloException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Writes down that a supervised container has ended, and releases what it held.
   *
   * @param end how
   * @param policy as it is by now
   * @return whether it is to be started again
   */
  boolean ended(Supervised supervised, Supervised.End end, RestartPolicy policy) {
    Container c = supervised.container();
    Path directory = supervised.directory();
    boolean oom = oomKilled(c, directory);
    String note = end.note();
    try {
      Holdings.release(c.id(), directory);
    } catch (PhylloException e) {
      note = (note.isEmpty() ? "" : note + "; ") + e.getMessage();
    }
    ContainerState was = supervised.state();
    if (was.isOutlived(StateFile.bootId())) {
      // Whoever starts the machine decides what is started with it, not who looks first.
      StateFile.write(directory, was.exited(was.exitStatus(), false, note), !c.ephemeral());
      return false;
    }
    // What ended with nobody knows what did not end well.
    int status = end.status().orElse(StartException.ENGINE);
    if (!StateFile.isWantedStopped(directory) && policy.wantsAgain(status, was.restarts())) {
      StateFile.write(directory, was.restarting(end.status(), oom, was.restarts() + 1), true);
      return true;
    }
    StateFile.write(directory, was.exited(end.status(), oom, note), !c.ephemeral());
    return false;
  }

  /** Whether the kernel killed one of its processes for want of memory. */
  private static boolean oomKilled(Container c, Path directory) {
    Optional<Cgroup> cgroup = CgroupHolding.of(c.id(), directory);
    return cgroup.isPresent() && cgroup.get().oomKills() > 0;
  }

  /** Writes the bundle's configuration that a start has left out. */
  void writeBundle(Container c, Path directory, ContainerRoot root) {
    BundleConfig.of(c, directory, root.fd(), volumes).write();
  }

  /** A start was interrupted: nothing of it stays. */
  void abandonStart(Container c, Path directory) {
    ContainerState state = StateFile.read(directory);
    Holdings.release(c.id(), directory);
    StateFile.write(
        directory,
        state.failed(StartException.ENGINE, "its start was interrupted: start it again"),
        !c.ephemeral());
  }

  /** Removes everything there is of a container but its record. */
  void discard(String id, Path directory) {
    Holdings.release(id, directory);
    try {
      snapshotter.remove(id);
    } catch (NotFoundException e) {
      // It never got that far.
    }
  }
}

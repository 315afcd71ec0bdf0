package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Keeper;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Signals;
import dev.phyllo.linux.Terminal;
import dev.phyllo.linux.cgroup.Cgroup;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.LiveMounts;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.snapshots.TreeRemoval;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The containers of a namespace: a record, a writable snapshot of the same id, and while the
 * process runs a lock that its keeper holds.
 *
 * <p>Order: the record is written first and removed last, so that a writable snapshot always
 * belongs to somebody. Whether a container runs is not written down but asked of the lock, which
 * the kernel drops when its holder dies, however it dies.
 */
public final class Containers {
  private static final String NAMES_LOCK = "container-names";

  private final NamespaceDirs dirs;
  private final Path directory;
  private final ContainerRecords records;
  private final Locks locks;
  private final Snapshotter snapshotter;
  private final ContainerLives lives;
  private final StepListener steps;

  /** The locks of ephemeral containers between their making and their start. */
  private final Map<String, FileLocker.Held> made = new ConcurrentHashMap<>();

  /**
   * The containers below a namespace's directory.
   *
   * @param snapshotter holds their images' layers and their own
   * @param driver what it is called
   */
  public Containers(
      NamespaceDirs dirs, Locks locks, Snapshotter snapshotter, String driver, StepListener steps) {
    this.dirs = dirs;
    directory = dirs.containers();
    records = new ContainerRecords(directory);
    this.locks = locks;
    this.snapshotter = snapshotter;
    this.steps = steps;
    lives = new ContainerLives(snapshotter, driver, volumeStore(), steps);
  }

  /**
   * Makes a container: its record, nothing else yet.
   *
   * @param name a name no other container has, or empty for one that the engine makes
   * @param ephemeral whether it goes when its process ends; such a container need not survive a
   *     power failure, which saves waiting for the disk
   * @throws ConflictException if the name is taken
   */
  public Container create(ContainerSpec spec, Optional<String> name, boolean ephemeral) {
    String id = ContainerNames.newId();
    FileLocker.Held keeper = locks.acquire(lockName(id), Locks.Mode.EXCLUSIVE);
    boolean kept = false;
    try (FileLocker.Held _ = spec.storage().volumes().isEmpty() ? null : Volumes.keeping(locks)) {
      Container c = create(id, spec, name, ephemeral);
      if (!ephemeral) {
        volumes().make(c);
      }
      if (ephemeral) {
        // Without its lock it would look as if its keeper had died. It is given on to run().
        made.put(id, keeper);
        kept = true;
      }
      return c;
    } finally {
      if (!kept) {
        keeper.close();
      }
    }
  }

  private Container create(
      String id, ContainerSpec spec, Optional<String> name, boolean ephemeral) {
    if (name.isEmpty()) {
      Container c = container(id, ContainerNames.nameOf(id), ephemeral, spec);
      write(c);
      return c;
    }
    Container c = container(id, ContainerNames.checked(name.get()), ephemeral, spec);
    try (FileLocker.Held _ = locks.acquire(NAMES_LOCK, Locks.Mode.EXCLUSIVE)) {
      refuseTaken(c.name());
      write(c);
    }
    return c;
  }

  private void refuseTaken(String name) {
    for (Container other : list()) {
      if (other.name().equals(name)) {
        throw new ConflictException(
            "--name " + name,
            "container " + other.shortId() + " has that name",
            "remove it with phyllo rm, or choose another name");
      }
    }
  }

  /**
   * Runs a container's process in the foreground until it ends: standard input, output and error
   * are this process' own, and signals that come here are sent there. Afterwards nothing is left
   * mounted; an ephemeral container is gone altogether, whatever happened.
   *
   * @return the exit status; 128 and the number of the signal if one ended it
   * @throws dev.phyllo.oci.StartException if the process could not be started
   */
  public int run(Container container) {
    FileLocker.Held kept = made.remove(container.id());
    try (FileLocker.Held _ =
        kept != null ? kept : locks.acquire(lockName(container.id()), Locks.Mode.EXCLUSIVE)) {
      int status;
      try {
        status = lives.run(container, directory(container), kept != null);
        report("exit", container.id(), "status", Integer.toString(status));
      } catch (RuntimeException e) {
        if (container.ephemeral()) {
          eraseAfter(e, container);
        }
        throw e;
      }
      if (container.ephemeral()) {
        eraseAll(container);
      }
      return status;
    }
  }

  /** The first failure says more than one of cleaning up: what is left is swept later. */
  private void eraseAfter(RuntimeException failure, Container container) {
    try {
      eraseAll(container);
    } catch (PhylloException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Keeps everybody else from starting, ending or removing a container until the result is closed.
   *
   * @throws ConflictException if somebody does so now, or it runs in somebody's foreground
   */
  public FileLocker.Held claim(Container container) {
    FileLocker.Held held = made.remove(container.id());
    if (held == null) {
      held = locks.tryAcquire(lockName(container.id()), Locks.Mode.EXCLUSIVE);
    }
    if (held == null) {
      throw new ConflictException(
          container.name(), "the container is running or being started", "wait for its end");
    }
    return held;
  }

  /**
   * Starts a container so that it outlives this process. Whoever asked for it has {@linkplain
   * #claim claimed} the container.
   *
   * @param restarts how often its policy has started it again
   * @param size how large its terminal is, if it has one
   * @throws dev.phyllo.oci.StartException if the process could not be started
   */
  public Supervised startSupervised(
      Container container, int restarts, Optional<Terminal.Size> size) {
    try {
      return lives.startSupervised(container, directory(container), restarts, size);
    } catch (RuntimeException e) {
      if (container.ephemeral()) {
        eraseAfter(e, container);
      }
      throw e;
    }
  }

  /** A container that another supervisor kept, whether it still runs or has ended since. */
  public Supervised adopt(Container container) {
    Path own = directory(container);
    return new Supervised(container, own, StateFile.read(own));
  }

  /**
   * Waits for the end of a supervised container, writes down how it ended, and releases what it
   * held; an ephemeral one is gone then.
   *
   * @return whether it is to be started again
   */
  public boolean ended(Supervised supervised) {
    Supervised.End end = supervised.await();
    String id = supervised.container().id();
    try (FileLocker.Held _ = locks.acquire(lockName(id), Locks.Mode.EXCLUSIVE)) {
      if (records.read(supervised.container().id()) == null) {
        return false; // swept meanwhile
      }
      boolean again = lives.ended(supervised, end);
      if (supervised.container().ephemeral()) {
        eraseAll(supervised.container());
      }
      return again;
    }
  }

  /** What a supervisor that died may have left of a container. */
  public enum Left {
    /** A process, or its end that nobody wrote down. */
    RUNNING,
    /** A start that was going on. */
    STARTING,
    /** The wait for its next start. */
    RESTARTING,
    /** Nothing that needs a supervisor. */
    NOTHING
  }

  /** What there is to take over of a container. */
  public Left left(Container container) {
    ContainerState state = StateFile.read(directory(container));
    if (!state.supervised()) {
      return Left.NOTHING;
    }
    return switch (state.status()) {
      case RUNNING, PAUSED -> Left.RUNNING;
      case STARTING -> Left.STARTING;
      case RESTARTING -> Left.RESTARTING;
      case CREATED, EXITED -> Left.NOTHING;
    };
  }

  /**
   * Undoes a start whose supervisor died in the midst of it, unless whoever asked for it is still
   * there: then the start is asked for again.
   */
  public void abandonStart(Container container) {
    try (FileLocker.Held held = locks.tryAcquire(lockName(container.id()), Locks.Mode.EXCLUSIVE)) {
      if (held != null
          && records.read(container.id()) != null
          && left(container) == Left.STARTING) {
        lives.abandonStart(container, directory(container));
      }
    }
  }

  /** Whether somebody wants the container stopped, so that no policy starts it again. */
  public boolean isStopWanted(Container container) {
    return StateFile.isWantedStopped(directory(container));
  }

  /**
   * Starts a container again as its policy says.
   *
   * @return null if it has been removed, stopped or started meanwhile
   * @throws ConflictException if somebody does something with it just now
   */
  public @Nullable Supervised restart(Container container) {
    try (FileLocker.Held _ = claim(container)) {
      Container now = records.read(container.id());
      ContainerState state = StateFile.read(directory(container));
      if (now == null || state.status() != ContainerState.Status.RESTARTING) {
        return null;
      }
      if (isStopWanted(container)) {
        StateFile.write(directory(container), state.withStatus(ContainerState.Status.EXITED), true);
        return null;
      }
      return startSupervised(now, state.restarts(), Optional.empty());
    }
  }

  /** The process of a container that runs; null if it does not. The caller closes it. */
  public @Nullable Pidfd process(Container container) {
    return StateFile.process(StateFile.read(directory(container)));
  }

  /** The process that takes its output; null if there is none. The caller closes it. */
  public @Nullable Pidfd keeper(Container container) {
    return StateFile.keeper(StateFile.read(directory(container)));
  }

  /** Writes down that somebody wants it stopped, before it is; no policy starts it again then. */
  public void wantStopped(Container container) {
    StateFile.wantStopped(directory(container));
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
                    container.name(), "has no cgroup here, by which it could be paused", ""));
    if (cgroup.isFrozen() == stopped) {
      throw new ConflictException(
          "container " + container.name(), stopped ? "is paused already" : "is not paused", "");
    }
    if (stopped) {
      cgroup.freeze();
    } else {
      cgroup.thaw();
    }
    report(stopped ? "freeze" : "thaw", container.id(), "name", container.name());
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

  /** The cgroup of a container that runs; empty if it has none. */
  public Optional<Cgroup> cgroup(Container container) {
    return CgroupHolding.of(container.id(), directory(container));
  }

  /** Nobody wants it stopped any more: it is. */
  public void forgetStop(Container container) {
    if (records.read(container.id()) != null && !isRunning(container)) {
      StateFile.wantRunning(directory(container));
    }
  }

  /** Its terminal's master, or the other end of its standard input; null if it has neither. */
  public @Nullable Fd input(Container container) {
    ContainerState state = StateFile.read(directory(container));
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
    Pidfd holder = StateFile.input(StateFile.read(directory(container)));
    if (holder != null) {
      try (holder) {
        holder.signal(Signals.KILL);
      }
    }
  }

  /**
   * Starts one more process in a container that runs.
   *
   * @param size how large its terminal is, if it has one
   * @param tied whether it is this process' to wait for, and killed when this ends; if not, it is
   *     connected to nothing
   * @throws dev.phyllo.oci.StartException if it could not be started
   */
  public Executed exec(
      Container container, ExecSpec spec, Optional<Terminal.Size> size, boolean tied) {
    return new Exec(container, directory(container), spec, steps).start(size, tied);
  }

  /** What it has written, now and later. */
  public Output output(Container container) {
    return new Output(directory(container));
  }

  /** How a container is now. */
  public ContainerState state(Container container) {
    Path own = directory(container);
    ContainerState state = StateFile.read(own);
    if (state.status() != ContainerState.Status.RUNNING) {
      return state;
    }
    if (!StateFile.isAlive(state)) {
      // Whoever kept it has not said so yet, or is dead himself.
      ContainerState again = StateFile.read(own);
      return again.status() == ContainerState.Status.RUNNING
          ? again.withStatus(ContainerState.Status.EXITED)
          : again;
    }
    Optional<Cgroup> cgroup = cgroup(container);
    if (cgroup.isPresent() && cgroup.get().isFrozen()) {
      return state.withStatus(ContainerState.Status.PAUSED);
    }
    return state;
  }

  /** Every container, oldest first. */
  public List<Container> list() {
    return records.list();
  }

  /** The container of that name, or whose id alone begins so. */
  public Optional<Container> find(String nameOrId) {
    Container byId = null;
    int matches = 0;
    for (Container c : list()) {
      if (c.name().equals(nameOrId) || c.id().equals(nameOrId)) {
        return Optional.of(c);
      }
      if (!nameOrId.isEmpty() && c.id().startsWith(nameOrId)) {
        byId = c;
        matches++;
      }
    }
    return matches == 1 ? Optional.ofNullable(byId) : Optional.empty();
  }

  /**
   * The container of that name or id.
   *
   * @throws NotFoundException if there is none
   */
  public Container require(String nameOrId) {
    return find(nameOrId)
        .orElseThrow(
            () -> new NotFoundException(nameOrId, "no such container", "phyllo ps -a lists them"));
  }

  /** Whether the container runs, or is being started. */
  public boolean isRunning(Container container) {
    if (StateFile.isAlive(StateFile.read(directory(container)))) {
      return true;
    }
    FileLocker.Held held = locks.tryAcquire(lockName(container.id()), Locks.Mode.SHARED);
    if (held == null) {
      return true;
    }
    held.close();
    return false;
  }

  /** The directory of a container's record and files. */
  public Path directory(Container container) {
    return directory.resolve(container.id());
  }

  /**
   * Removes a container and its writable layer.
   *
   * @throws ConflictException if it runs
   */
  public void remove(Container container) {
    FileLocker.Held held = locks.tryAcquire(lockName(container.id()), Locks.Mode.EXCLUSIVE);
    if (held == null) {
      throw new ConflictException(container.name(), "the container is running", "stop it first");
    }
    try (held) {
      if (StateFile.isAlive(StateFile.read(directory(container)))) {
        throw new ConflictException(container.name(), "the container is running", "stop it first");
      }
      refuseMounted(container);
      erase(container.id());
    }
  }

  /**
   * Gives a container another name.
   *
   * @throws ConflictException if another has it
   */
  public Container rename(Container container, String newName) {
    ContainerNames.checked(newName);
    try (FileLocker.Held _ = locks.acquire(NAMES_LOCK, Locks.Mode.EXCLUSIVE)) {
      refuseTaken(newName);
      Container renamed = container.withName(newName);
      write(renamed);
      return renamed;
    }
  }

  /** Nothing is deleted from under a mount. */
  private void refuseMounted(Container container) {
    if (snapshotter.find(container.id()).isPresent()) {
      Optional<String> place = LiveMounts.of(snapshotter.mounts(container.id()));
      if (place.isPresent()) {
        throw new ConflictException(
            container.name(),
            "its layer is mounted at " + place.get(),
            "phyllo umount " + place.get());
      }
    }
  }

  /**
   * Removes ephemeral containers whose keeper was killed before it could, and what is left of
   * containers that were half made or half removed.
   *
   * @return their ids
   */
  public List<String> sweep() {
    List<String> removed = new ArrayList<>();
    for (String id : DurableFiles.names(directory)) {
      try (FileLocker.Held held = locks.tryAcquire(lockName(id), Locks.Mode.EXCLUSIVE)) {
        if (held == null) {
          continue; // it runs, or is being made
        }
        Container c = records.read(id);
        if (isGarbage(c)) {
          if (c != null) {
            volumes().removeAnonymous(c);
          }
          erase(id);
          removed.add(id);
        } else {
          DurableFiles.deleteTemporaries(directory.resolve(id));
        }
      }
    }
    return removed;
  }

  /** The ids of containers that {@link #sweep} would remove. */
  public List<String> abandoned() {
    List<String> found = new ArrayList<>();
    for (String id : DurableFiles.names(directory)) {
      try (FileLocker.Held held = locks.tryAcquire(lockName(id), Locks.Mode.SHARED)) {
        Container c = held == null ? null : records.read(id);
        if (held != null && isGarbage(c)) {
          found.add(id);
        }
      }
    }
    return found;
  }

  /**
   * A container's root with its volumes, to copy from and to; until it is closed, a container that
   * does not run stays as it is.
   */
  public ContainerRoot root(Container c) {
    try (Pidfd process = process(c)) {
      if (process != null) {
        return ContainerRoot.ofProcess(c, process);
      }
    }
    FileLocker.Held claim = claim(c);
    return ContainerRoot.ofLayer(
        c,
        directory(c),
        () -> {
          refuseMounted(c);
          return lives.layer(c, false);
        },
        volumes(),
        claim);
  }

  /** The volumes that containers of this namespace can have. */
  public Volumes volumes() {
    return new Volumes(volumeStore(), locks, this);
  }

  private VolumeStore volumeStore() {
    return new VolumeStore(dirs, locks);
  }

  /** A container that goes when it ends takes the volumes along that were made for it. */
  private void eraseAll(Container container) {
    if (!container.spec().storage().volumes().isEmpty()) {
      volumes().removeAnonymous(container);
    }
    erase(container.id());
  }

  /** Its lock is free, so nobody is making or starting it. */
  private boolean isGarbage(@Nullable Container c) {
    return c == null || c.ephemeral() && !StateFile.isAlive(StateFile.read(directory(c)));
  }

  /** The container's lock is held. */
  private void erase(String id) {
    lives.discard(id, directory.resolve(id));
    TreeRemoval.remove(directory.resolve(id));
    report("erase", id, "directory", directory.resolve(id).toString());
    locks.discard(lockName(id)); // an id is never used twice
  }

  private static Container container(
      String id, String name, boolean ephemeral, ContainerSpec spec) {
    ContainerSpec named =
        spec.network().hostname().isEmpty() ? spec.withHostname(id.substring(0, 12)) : spec;
    return new Container(id, name, System.currentTimeMillis(), ephemeral, named.withVolumeNames());
  }

  private void write(Container c) {
    records.write(c);
    report("record", c.id(), "file", records.file(c.id()).toString());
  }

  /** Tells who listens. */
  void report(String verb, String subject, String fact, String value) {
    if (steps.isListening()) {
      steps.done(new ContainerStep(verb, subject, Map.of(fact, value)));
    }
  }

  private static String lockName(String id) {
    return "container-" + id;
  }
}

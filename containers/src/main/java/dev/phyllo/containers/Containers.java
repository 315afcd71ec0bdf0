package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.linux.IdMaps;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.cgroup.CgroupLimits;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The containers of a namespace: a record, a writable snapshot of the same id, and while the
 * process runs a lock that its keeper holds. What is done with those that run is behind {@link
 * #processes}, what keeps those that outlive their callers behind {@link #supervision}.
 *
 * <p>Order: the record is written first and removed last, so that a writable snapshot always
 * belongs to somebody. Whether a container runs is not written down but asked of the lock, which
 * the kernel drops when its holder dies, however it dies.
 */
public final class Containers {
  private final ContainerRecords records;
  private final ContainerLocks locks;
  private final ContainerLives lives;
  private final Volumes volumes;
  private final Creation creation;
  private final Updating updating;
  private final Removal removal;
  private final Connections connections;

  /**
   * The containers below a namespace's directory.
   *
   * @param snapshotter holds their images' layers and their own
   * @param driver what it is called
   */
  public Containers(
      NamespaceDirs dirs, Locks locks, Snapshotter snapshotter, String driver, StepListener steps) {
    VolumeStore volumeStore = new VolumeStore(dirs, locks);
    records = new ContainerRecords(dirs.containers(), steps);
    this.locks = new ContainerLocks(locks);
    lives = new ContainerLives(snapshotter, driver, volumeStore, steps);
    volumes = new Volumes(volumeStore, locks, records);
    creation = new Creation(records, this.locks, locks, volumes);
    updating = new Updating(records, locks);
    connections = new Connections(records, locks);
    removal = new Removal(records, this.locks, snapshotter, lives, volumes);
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
    return creation.create(spec, name, ephemeral);
  }

  /**
   * Gives a container another name.
   *
   * @throws ConflictException if another has it
   */
  public Container rename(Container container, String newName) {
    return creation.rename(container, newName);
  }

  /**
   * Gives a container other limits or another restart policy, at once if it runs.
   *
   * @param changes what is to be different; what says nothing stays as it is
   * @param restart empty for the policy that it has
   * @return the container as it is now
   * @throws ConflictException if it cannot have them
   * @throws dev.phyllo.oci.SystemException if the kernel refuses a limit; nothing is changed then
   *     but what it took before
   */
  public Container update(
      Container container, CgroupLimits changes, Optional<RestartPolicy> restart) {
    return updating.update(container, changes, restart);
  }

  /** Every container, oldest first. */
  public List<Container> list() {
    return records.list();
  }

  /** The container of that name, or whose id alone begins so. */
  public Optional<Container> find(String nameOrId) {
    return records.find(nameOrId);
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

  /** The directory of a container's record and files. */
  public Path directory(Container container) {
    return records.directory(container);
  }

  /** How a container is now. */
  public ContainerState state(Container container) {
    return processes().state(container);
  }

  /** Whether the container runs, or is being started. */
  public boolean isRunning(Container container) {
    return processes().isRunning(container);
  }

  /** What it has written, now and later. */
  public Output output(Container container) {
    return new Output(container.logs(directory(container)));
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
    return run(container, null);
  }

  /**
   * Runs a container's process until it ends, and gives what it writes to two streams, which are
   * flushed and stay open; nothing of it is kept in the container's logs. This process' own input,
   * output and signal handlers are left alone, so several can run at once: standard input is empty,
   * unless the container was made to have this process'. Otherwise as {@link #run(Container)}.
   *
   * @return the exit status; 128 and the number of the signal if one ended it
   * @throws dev.phyllo.oci.StartException if the process could not be started
   * @throws dev.phyllo.oci.SystemException if it has ended, but a stream did not take all
   */
  public int run(Container container, OutputStream out, OutputStream err) {
    return run(container, new ContainerLives.Streams(out, err));
  }

  private int run(Container container, ContainerLives.@Nullable Streams streams) {
    FileLocker.Held left = locks.take(container.id());
    try (FileLocker.Held _ = left != null ? left : locks.acquire(container.id())) {
      int status;
      try {
        status = lives.run(container, directory(container), left != null, streams);
        records.report("exit", container.id(), "status", Integer.toString(status));
      } catch (RuntimeException e) {
        removal.after(e, container);
        throw e;
      }
      if (container.ephemeral()) {
        removal.ofEphemeral(container);
      }
      return status;
    }
  }

  /**
   * Keeps everybody else from starting, ending or removing a container until the result is closed.
   *
   * @throws ConflictException if somebody does so now, or it runs in somebody's foreground
   */
  public FileLocker.Held claim(Container container) {
    return locks.claim(container);
  }

  /** The processes of those that run. */
  public ContainerProcesses processes() {
    return new ContainerProcesses(records, locks);
  }

  /** Those that outlive their callers, as their supervisor has them. */
  public Supervision supervision() {
    return new Supervision(records, locks, lives, removal);
  }

  /** Which ids of the host a container has as its own; empty if it has no others. */
  public Optional<IdMaps> users(Container c) {
    return c.spec().security().users().isEmpty() ? Optional.empty() : UserRanges.read(directory(c));
  }

  /**
   * The OCI bundle of a container: its directory, with a {@code config.json} that is written now if
   * its start has not done so. The {@code rootfs} in it is where a start mounts the root, in a
   * mount namespace of the container's.
   */
  public Path bundle(Container c) {
    Path own = directory(c);
    if (!Files.exists(own.resolve(BundleConfig.NAME))) {
      try (ContainerRoot root = root(c)) {
        lives.writeBundle(c, own, root);
      }
    }
    return own;
  }

  /**
   * A container's root with its volumes, to copy from and to; until it is closed, a container that
   * does not run stays as it is.
   */
  public ContainerRoot root(Container c) {
    try (Pidfd process = processes().of(c)) {
      if (process != null) {
        return ContainerRoot.ofProcess(c, directory(c), process);
      }
    }
    FileLocker.Held claim = claim(c);
    return ContainerRoot.ofLayer(
        c,
        directory(c),
        () -> {
          removal.refuseMounted(c);
          return lives.layer(c, false);
        },
        volumes,
        claim);
  }

  /** The volumes that containers of this namespace can have. */
  public Volumes volumes() {
    return volumes;
  }

  /** Which networks they are in, and how that is changed. */
  public Connections connections() {
    return connections;
  }

  /**
   * Removes a container and its writable layer.
   *
   * @throws ConflictException if it runs
   */
  public void remove(Container container) {
    removal.remove(container);
  }

  /**
   * Removes ephemeral containers whose keeper was killed before it could, and what is left of
   * containers that were half made or half removed.
   *
   * @return their ids
   */
  public List<String> sweep() {
    return removal.sweep();
  }

  /** The ids of containers that {@link #sweep} would remove. */
  public List<String> abandoned() {
    return removal.abandoned();
  }
}

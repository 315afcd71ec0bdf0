package dev.phyllo.containers;

import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.snapshots.LiveMounts;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.snapshots.TreeRemoval;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
  private static final String RECORD = "container.json";
  private static final String NAMES_LOCK = "container-names";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      Set.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private final NamespaceDirs dirs;
  private final Path directory;
  private final Locks locks;
  private final Snapshotter snapshotter;
  private final StepListener steps;

  /** The locks of ephemeral containers between their making and their start. */
  private final Map<String, FileLocker.Held> made = new ConcurrentHashMap<>();

  /**
   * The containers below a namespace's directory.
   *
   * @param snapshotter holds their images' layers and their own
   */
  public Containers(NamespaceDirs dirs, Locks locks, Snapshotter snapshotter, StepListener steps) {
    this.dirs = dirs;
    directory = dirs.containers();
    this.locks = locks;
    this.snapshotter = snapshotter;
    this.steps = steps;
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
      for (Container other : list()) {
        if (other.name().equals(c.name())) {
          throw new ConflictException(
              "--name " + c.name(),
              "container " + other.shortId() + " has that name",
              "remove it with phyllo rm, or choose another name");
        }
      }
      write(c);
    }
    return c;
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
        status = start(container);
        report("exit", container.id(), "status", Integer.toString(status));
        Holdings.release(container.id(), directory(container));
      } catch (RuntimeException e) {
        cleanAfter(e, container);
        throw e;
      }
      if (container.ephemeral()) {
        eraseAll(container);
      } else {
        write(container.withExitStatus(status));
      }
      return status;
    }
  }

  /** The first failure says more than one of cleaning up: what is left is swept later. */
  private void cleanAfter(RuntimeException failure, Container container) {
    try {
      if (container.ephemeral()) {
        eraseAll(container);
      } else {
        Holdings.release(container.id(), directory(container));
      }
    } catch (PhylloException e) {
      failure.addSuppressed(e);
    }
  }

  private int start(Container container) {
    Optional<String> parent = container.spec().image().chainId().map(Digest::toString);
    List<Mount> mounts =
        snapshotter.prepare(
            container.id(),
            parent,
            Map.of("phyllo.container", container.name()),
            !container.ephemeral());
    return new ContainerStart(container, directory(container), mounts, volumeStore(), steps)
        .runInForeground();
  }

  /** The volumes that containers of this namespace can have. */
  public Volumes volumes() {
    return new Volumes(volumeStore(), locks, this);
  }

  private VolumeStore volumeStore() {
    return new VolumeStore(dirs, locks);
  }

  /** Every container, oldest first. */
  public List<Container> list() {
    List<Container> all = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        Container c = read(entry);
        if (c != null) {
          all.add(c);
        }
      }
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    all.sort((a, b) -> Long.compare(a.createdMillis(), b.createdMillis()));
    return all;
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

  /** Whether the container's keeper is alive. */
  public boolean isRunning(Container container) {
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
      refuseMounted(container);
      erase(container.id());
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
        Container c = read(directory.resolve(id));
        if (c == null || c.ephemeral()) {
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
        Container c = held == null ? null : read(directory.resolve(id));
        if (held != null && (c == null || c.ephemeral())) {
          found.add(id);
        }
      }
    }
    return found;
  }

  /** A container that goes when it ends takes the volumes along that were made for it. */
  private void eraseAll(Container container) {
    if (!container.spec().storage().volumes().isEmpty()) {
      volumes().removeAnonymous(container);
    }
    erase(container.id());
  }

  /** The container's lock is held. */
  private void erase(String id) {
    Holdings.release(id, directory.resolve(id));
    try {
      snapshotter.remove(id);
    } catch (NotFoundException e) {
      // It never got that far.
    }
    TreeRemoval.remove(directory.resolve(id));
    report("erase", id, "directory", directory.resolve(id).toString());
    locks.discard(lockName(id)); // an id is never used twice
  }

  private static Container container(
      String id, String name, boolean ephemeral, ContainerSpec spec) {
    ContainerSpec named =
        spec.network().hostname().isEmpty() ? spec.withHostname(id.substring(0, 12)) : spec;
    return new Container(
        id, name, System.currentTimeMillis(), ephemeral, named.withVolumeNames(), Optional.empty());
  }

  private void write(Container c) {
    DurableFiles.createDirectories(directory);
    makeDirectory(directory(c), !c.ephemeral());
    DurableFiles.replace(
        directory(c).resolve(RECORD), JsonCodec.toBytes(c.toJson()), !c.ephemeral());
    report("record", c.id(), "file", directory(c).resolve(RECORD).toString());
  }

  /** Tells who listens. */
  void report(String verb, String subject, String fact, String value) {
    if (steps.isListening()) {
      steps.done(new ContainerStep(verb, subject, Map.of(fact, value)));
    }
  }

  private static void makeDirectory(Path dir, boolean durable) {
    if (durable) {
      DurableFiles.createDirectories(dir);
      return;
    }
    try {
      Files.createDirectory(dir, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (IOException e) {
      throw new SystemException(dir.toString(), e);
    }
  }

  /** The container of a directory; null for one that is being made, or was left half removed. */
  private static @Nullable Container read(Path entry) {
    Path file = entry.resolve(RECORD);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      if (Files.notExists(file)) {
        return null;
      }
      throw new SystemException(file.toString(), e);
    }
    if (bytes.length == 0) {
      // An ephemeral record that a power failure emptied.
      return null;
    }
    return Container.fromJson(JsonCodec.parseObject(bytes, file.toString()));
  }

  private static String lockName(String id) {
    return "container-" + id;
  }
}

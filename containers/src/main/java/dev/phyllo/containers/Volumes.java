package dev.phyllo.containers;

import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.containers.volumes.VolumeStore;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.snapshots.PlainTree;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The volumes of a namespace: directories that the engine keeps for containers. They are made when
 * a container first names them, or by hand, and outlive containers; only one that a container got
 * without naming it can go with it.
 *
 * <p>A volume is in use while the record of any container, running or not, names it. Making a
 * container and removing a volume exclude each other.
 */
public final class Volumes {
  private static final String LOCK = "volumes";

  private final VolumeStore store;
  private final Locks locks;
  private final ContainerRecords containers;

  Volumes(VolumeStore store, Locks locks, ContainerRecords containers) {
    this.store = store;
    this.locks = locks;
    this.containers = containers;
  }

  /**
   * Makes a volume; one that is there already stays as it is.
   *
   * @param name a name, or empty for a random one
   */
  public NamedVolume create(Optional<String> name, Map<String, String> labels) {
    NamedVolume volume =
        store.create(name.orElseGet(ContainerNames::newId), labels, name.isEmpty(), true);
    containers.report("create", "volume " + volume.name(), "directory", volume.data().toString());
    return volume;
  }

  /** Every volume, by name. */
  public List<NamedVolume> list() {
    return store.list();
  }

  /**
   * The volume of that name.
   *
   * @throws dev.phyllo.oci.NotFoundException if there is none
   */
  public NamedVolume require(String name) {
    return store.require(name);
  }

  /** Where a container's volume is on the host. */
  public Optional<NamedVolume> find(String name) {
    return store.find(name);
  }

  /** The names of volumes that containers have. */
  public Set<String> used() {
    Set<String> names = new HashSet<>();
    for (Container c : containers.list()) {
      for (Volume v : c.spec().storage().volumes()) {
        if (v.type() == Volume.Type.VOLUME) {
          names.add(v.source());
        }
      }
    }
    return names;
  }

  /** The containers that have a volume. */
  public List<Container> users(String name) {
    List<Container> users = new ArrayList<>();
    for (Container c : containers.list()) {
      for (Volume v : c.spec().storage().volumes()) {
        if (v.type() == Volume.Type.VOLUME && v.source().equals(name)) {
          users.add(c);
          break;
        }
      }
    }
    return users;
  }

  /**
   * Removes a volume and all in it.
   *
   * @throws ConflictException if a container has it
   */
  public void remove(String name) {
    try (FileLocker.Held _ = locks.acquire(LOCK, Locks.Mode.EXCLUSIVE)) {
      store.require(name);
      List<Container> users = users(name);
      if (!users.isEmpty()) {
        throw new ConflictException(
            name,
            "the volume is in use by container " + users.getFirst().name(),
            "remove that first: phyllo rm " + users.getFirst().name());
      }
      store.remove(name);
    }
    containers.report("remove", "volume " + name, "name", name);
  }

  /**
   * What {@link #prune} removed.
   *
   * @param names of the volumes
   * @param bytes that they took
   */
  public record Removed(List<String> names, long bytes) {
    /** Keeps a copy. */
    public Removed {
      names = List.copyOf(names);
    }
  }

  /**
   * Removes volumes that no container has.
   *
   * @param all also those with a name of their own
   * @param labels only volumes with all of these; an empty value stands for any
   */
  public Removed prune(boolean all, Map<String, String> labels) {
    try (FileLocker.Held _ = locks.acquire(LOCK, Locks.Mode.EXCLUSIVE)) {
      Set<String> used = used();
      List<String> removed = new ArrayList<>();
      long bytes = 0;
      for (NamedVolume v : store.list()) {
        if ((all || v.anonymous()) && !used.contains(v.name()) && hasLabels(v, labels)) {
          bytes += PlainTree.usage(v.data()).bytes();
          store.remove(v.name());
          removed.add(v.name());
        }
      }
      store.cleanup();
      return new Removed(removed, bytes);
    }
  }

  /** Whether a volume has all of these labels; an empty value stands for any. */
  public static boolean hasLabels(NamedVolume volume, Map<String, String> labels) {
    for (Map.Entry<String, String> label : labels.entrySet()) {
      String value = volume.labels().get(label.getKey());
      if (value == null || !label.getValue().isEmpty() && !label.getValue().equals(value)) {
        return false;
      }
    }
    return true;
  }

  /** Held while a container's record is made, so that none of its volumes goes meanwhile. */
  static FileLocker.Held keeping(Locks locks) {
    return locks.acquire(LOCK, Locks.Mode.SHARED);
  }

  /** Makes the volumes that a new container names. */
  void make(Container c) {
    for (Volume v : c.spec().storage().volumes()) {
      if (v.type() == Volume.Type.VOLUME) {
        store.create(v.source(), Map.of(), v.isAnonymous(), true);
      }
    }
  }

  /**
   * Removes the volumes that came with a container which is no more, unless another has them.
   *
   * @param gone the container, whose record is gone or about to go
   */
  public void removeAnonymous(Container gone) {
    List<String> own = new ArrayList<>();
    for (Volume v : gone.spec().storage().volumes()) {
      if (v.isAnonymous()) {
        own.add(v.source());
      }
    }
    if (own.isEmpty()) {
      return;
    }
    try (FileLocker.Held _ = locks.acquire(LOCK, Locks.Mode.EXCLUSIVE)) {
      for (String name : own) {
        boolean others = false;
        for (Container user : users(name)) {
          others |= !user.id().equals(gone.id());
        }
        if (!others) {
          store.remove(name);
        }
      }
    }
  }
}

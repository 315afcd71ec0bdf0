package dev.phyllo.containers;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.util.Optional;

/** The making of containers, each with a name that no other has. */
final class Creation {
  /** Held by whoever writes records that there are already, or looks whether a name is free. */
  static final String NAMES_LOCK = "container-names";

  private final ContainerRecords records;
  private final ContainerLocks locks;
  private final Locks namespace;
  private final Volumes volumes;

  /**
   * @param namespace the locks of the whole namespace
   * @param volumes made for containers that name new ones
   */
  Creation(ContainerRecords records, ContainerLocks locks, Locks namespace, Volumes volumes) {
    this.records = records;
    this.locks = locks;
    this.namespace = namespace;
    this.volumes = volumes;
  }

  /** Makes a container; see {@link Containers#create}. */
  Container create(ContainerSpec spec, Optional<String> name, boolean ephemeral) {
    String id = ContainerNames.newId();
    FileLocker.Held keeper = locks.acquire(id);
    boolean left = false;
    try (FileLocker.Held _ =
        spec.storage().volumes().isEmpty() ? null : Volumes.keeping(namespace)) {
      Container c = record(id, spec, name, ephemeral);
      if (ephemeral) {
        locks.leave(id, keeper);
        left = true;
      } else {
        volumes.make(c);
      }
      return c;
    } finally {
      if (!left) {
        keeper.close();
      }
    }
  }

  private Container record(
      String id, ContainerSpec spec, Optional<String> name, boolean ephemeral) {
    if (name.isEmpty()) {
      Container c = container(id, ContainerNames.nameOf(id), ephemeral, spec);
      write(c);
      return c;
    }
    Container c = container(id, ContainerNames.checked(name.get()), ephemeral, spec);
    try (FileLocker.Held _ = namespace.acquire(NAMES_LOCK, Locks.Mode.EXCLUSIVE)) {
      refuseTaken(c.name());
      write(c);
    }
    return c;
  }

  private static Container container(
      String id, String name, boolean ephemeral, ContainerSpec spec) {
    ContainerSpec named =
        spec.network().hostname().isEmpty() ? spec.withHostname(id.substring(0, 12)) : spec;
    return new Container(id, name, System.currentTimeMillis(), ephemeral, named.withVolumeNames());
  }

  /** Gives a container another name; see {@link Containers#rename}. */
  Container rename(Container container, String newName) {
    ContainerNames.checked(newName);
    try (FileLocker.Held _ = namespace.acquire(NAMES_LOCK, Locks.Mode.EXCLUSIVE)) {
      refuseTaken(newName);
      Container now = records.read(container.id()); // it may have been updated meanwhile
      Container renamed = (now == null ? container : now).withName(newName);
      write(renamed);
      return renamed;
    }
  }

  private void refuseTaken(String name) {
    for (Container other : records.list()) {
      if (other.name().equals(name)) {
        throw new ConflictException(
            "--name " + name,
            "container " + other.shortId() + " has that name",
            "remove it with phyllo rm, or choose another name");
      }
    }
  }

  private void write(Container c) {
    records.write(c);
    records.report("record", c.id(), "file", records.file(c.id()).toString());
  }
}

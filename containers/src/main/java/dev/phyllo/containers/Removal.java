package dev.phyllo.containers;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.snapshots.LiveMounts;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.snapshots.TreeRemoval;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How containers go: by hand, when an ephemeral one has ended, and what dead processes left. */
final class Removal {
  private final ContainerRecords records;
  private final ContainerLocks locks;
  private final Snapshotter snapshotter;
  private final ContainerLives lives;
  private final Volumes volumes;

  Removal(
      ContainerRecords records,
      ContainerLocks locks,
      Snapshotter snapshotter,
      ContainerLives lives,
      Volumes volumes) {
    this.records = records;
    this.locks = locks;
    this.snapshotter = snapshotter;
    this.lives = lives;
    this.volumes = volumes;
  }

  /** Removes a container that does not run; see {@link Containers#remove}. */
  void remove(Container container) {
    FileLocker.Held held = locks.tryAcquire(container.id());
    if (held == null) {
      throw running(container);
    }
    try (held) {
      if (StateFile.isAlive(records.state(container))) {
        throw running(container);
      }
      refuseMounted(container);
      erase(container.id());
    }
  }

  private static ConflictException running(Container container) {
    return new ConflictException(container.name(), "the container is running", "stop it first");
  }

  /** Nothing is deleted from under a mount. */
  void refuseMounted(Container container) {
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
   * An ephemeral container has ended: it goes, with the volumes that were made for it. Its lock is
   * held.
   */
  void ofEphemeral(Container container) {
    if (!container.spec().storage().volumes().isEmpty()) {
      volumes.removeAnonymous(container);
    }
    erase(container.id());
  }

  /**
   * The same after its start has failed: that says more than a failure to clean up, and what is
   * left is swept later.
   */
  void after(RuntimeException failure, Container container) {
    if (!container.ephemeral()) {
      return;
    }
    try {
      ofEphemeral(container);
    } catch (PhylloException e) {
      failure.addSuppressed(e);
    }
  }

  /** Removes what nobody will; see {@link Containers#sweep}. */
  List<String> sweep() {
    List<String> removed = new ArrayList<>();
    for (String id : records.ids()) {
      try (FileLocker.Held held = locks.tryAcquire(id)) {
        if (held == null) {
          continue; // it runs, or is being made
        }
        Container c = records.read(id);
        if (isGarbage(c)) {
          if (c != null) {
            volumes.removeAnonymous(c);
          }
          erase(id);
          removed.add(id);
        } else {
          DurableFiles.deleteTemporaries(records.directory(id));
        }
      }
    }
    return removed;
  }

  /** The ids of containers that {@link #sweep} would remove. */
  List<String> abandoned() {
    List<String> found = new ArrayList<>();
    for (String id : records.ids()) {
      try (FileLocker.Held held = locks.tryShare(id)) {
        if (held != null && isGarbage(records.read(id))) {
          found.add(id);
        }
      }
    }
    return found;
  }

  /** Its lock is free, so nobody is making or starting it. */
  private boolean isGarbage(@Nullable Container c) {
    return c == null || c.ephemeral() && !StateFile.isAlive(records.state(c));
  }

  /** The container's lock is held. */
  private void erase(String id) {
    Path directory = records.directory(id);
    lives.discard(id, directory);
    TreeRemoval.remove(directory);
    records.report("erase", id, "directory", directory.toString());
    locks.discard(id);
  }
}

package dev.phyllo.containers;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A lock for each container: whoever makes, starts, ends or removes it has it alone, and the keeper
 * of one that runs in the foreground has it as long as that runs. The kernel drops it when its
 * holder dies, however it dies.
 */
final class ContainerLocks {
  private final Locks locks;

  /** The locks of ephemeral containers between their making and their start. */
  private final Map<String, FileLocker.Held> made = new ConcurrentHashMap<>();

  ContainerLocks(Locks locks) {
    this.locks = locks;
  }

  /** Waits until nobody else does anything with the container. */
  FileLocker.Held acquire(String id) {
    return locks.acquire(name(id), Locks.Mode.EXCLUSIVE);
  }

  /** The lock, or null if somebody does something with the container just now. */
  FileLocker.@Nullable Held tryAcquire(String id) {
    return locks.tryAcquire(name(id), Locks.Mode.EXCLUSIVE);
  }

  /** To look whether somebody has it; null if so. */
  FileLocker.@Nullable Held tryShare(String id) {
    return locks.tryAcquire(name(id), Locks.Mode.SHARED);
  }

  /**
   * Keeps the lock of an ephemeral container until somebody of this process takes it: without, it
   * would look as if its keeper had died.
   */
  void leave(String id, FileLocker.Held held) {
    made.put(id, held);
  }

  /** The lock that was left for whoever starts the container; null if none was. */
  FileLocker.@Nullable Held take(String id) {
    return made.remove(id);
  }

  /**
   * The lock, at once.
   *
   * @throws ConflictException if somebody else has it
   */
  FileLocker.Held claim(Container container) {
    FileLocker.Held held = take(container.id());
    if (held == null) {
      held = tryAcquire(container.id());
    }
    if (held == null) {
      throw new ConflictException(
          container.name(), "the container is running or being started", "wait for its end");
    }
    return held;
  }

  /** There is no such container any more; an id is never used twice. */
  void discard(String id) {
    locks.discard(name(id));
  }

  private static String name(String id) {
    return "container-" + id;
  }
}

package dev.phyllo.containers;

import dev.phyllo.linux.Terminal;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.store.FileLocker;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a supervisor does with containers that outlive their callers, and what others ask of it by
 * leaving a file: a container that somebody wants stopped is not started again.
 */
public final class Supervision {
  private final ContainerRecords records;
  private final ContainerLocks locks;
  private final ContainerLives lives;
  private final Removal removal;

  Supervision(
      ContainerRecords records, ContainerLocks locks, ContainerLives lives, Removal removal) {
    this.records = records;
    this.locks = locks;
    this.lives = lives;
    this.removal = removal;
  }

  /**
   * Starts a container so that it outlives this process. Whoever asked for it has {@linkplain
   * Containers#claim claimed} the container.
   *
   * @param restarts how often its policy has started it again
   * @param size how large its terminal is, if it has one
   * @throws dev.phyllo.oci.StartException if the process could not be started
   */
  public Supervised start(Container container, int restarts, Optional<Terminal.Size> size) {
    try {
      return lives.startSupervised(container, records.directory(container), restarts, size);
    } catch (RuntimeException e) {
      removal.after(e, container);
      throw e;
    }
  }

  /** A container that another supervisor kept, whether it still runs or has ended since. */
  public Supervised adopt(Container container) {
    Path own = records.directory(container);
    return new Supervised(container, own, StateFile.read(own));
  }

  /**
   * Waits for the end of a supervised container, writes down how it ended, and releases what it
   * held; an ephemeral one is gone then.
   *
   * @param known is run when its exit status is known and the container still there
   * @return whether it is to be started again
   */
  public boolean ended(Supervised supervised, Runnable known) {
    Supervised.End end = supervised.await();
    known.run();
    Container container = supervised.container();
    try (FileLocker.Held _ = locks.acquire(container.id())) {
      Container now = records.read(container.id());
      if (now == null) {
        return false; // swept meanwhile
      }
      boolean again = lives.ended(supervised, end, now.spec().life().restart());
      if (container.ephemeral()) {
        removal.ofEphemeral(container);
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
    ContainerState state = records.state(container);
    if (!state.supervised()) {
      return Left.NOTHING;
    }
    return switch (state.status()) {
      case RUNNING, PAUSED -> Left.RUNNING;
      case STARTING -> Left.STARTING;
      // Of an earlier start of the machine, there is but its end to be written down.
      case RESTARTING -> state.isOutlived(StateFile.bootId()) ? Left.RUNNING : Left.RESTARTING;
      case CREATED, EXITED -> Left.NOTHING;
    };
  }

  /**
   * Undoes a start whose supervisor died in the midst of it, unless whoever asked for it is still
   * there: then the start is asked for again.
   */
  public void abandonStart(Container container) {
    try (FileLocker.Held held = locks.tryAcquire(container.id())) {
      if (held != null
          && records.read(container.id()) != null
          && left(container) == Left.STARTING) {
        lives.abandonStart(container, records.directory(container));
      }
    }
  }

  /**
   * Starts a container again as its policy says.
   *
   * @return null if it has been removed, stopped or started meanwhile
   * @throws ConflictException if somebody does something with it just now
   */
  public @Nullable Supervised restart(Container container) {
    try (FileLocker.Held _ = locks.claim(container)) {
      Container now = records.read(container.id());
      Path own = records.directory(container);
      ContainerState state = StateFile.read(own);
      if (now == null || state.status() != ContainerState.Status.RESTARTING) {
        return null;
      }
      if (isStopWanted(container)) {
        StateFile.write(own, state.withStatus(ContainerState.Status.EXITED), true);
        return null;
      }
      return start(now, state.restarts(), Optional.empty());
    }
  }

  /**
   * Whether somebody wants the container stopped, so that no policy starts it again; that holds
   * until somebody starts it.
   */
  public boolean isStopWanted(Container container) {
    return StateFile.isWantedStopped(records.directory(container));
  }

  /**
   * Whether it is to be started with the machine: its policy is {@code always}, or {@code
   * unless-stopped} and nobody has stopped it. One that never ran is not.
   */
  public boolean startsWithMachine(Container container) {
    RestartPolicy.Kind kind = container.spec().life().restart().kind();
    return records.state(container).startedMillis() > 0
        && (kind == RestartPolicy.Kind.ALWAYS
            || kind == RestartPolicy.Kind.UNLESS_STOPPED && !isStopWanted(container));
  }

  /** Writes down that somebody wants it stopped, before it is; no policy starts it again then. */
  public void wantStopped(Container container) {
    StateFile.wantStopped(records.directory(container));
  }
}

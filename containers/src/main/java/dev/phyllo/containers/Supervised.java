package dev.phyllo.containers;

import dev.phyllo.linux.Child;
import dev.phyllo.linux.ExitStatus;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Inotify;
import dev.phyllo.linux.Keeper;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Signals;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A container in the hands of a supervisor: started by it, or taken over from one that died.
 *
 * <p>One that was taken over is not this process' child, so its exit status is nobody's here to
 * wait for. But its keeper holds the pidfd since before its end, and through that the kernel tells
 * it (PIDFD_INFO_EXIT, Linux 6.15).
 */
public final class Supervised implements AutoCloseable {
  private static final long PATIENCE_MILLIS = 2_000;
  private static final int STEP_MILLIS = 5;

  private final Container container;
  private final Path directory;
  private final ContainerState state;
  private final @Nullable Child child;
  private final @Nullable Pidfd process;
  private final List<Child> keepers;
  private final @Nullable Pidfd keeper;
  private volatile Optional<Integer> exitStatus = Optional.empty();

  Supervised(
      Container container, Path directory, ContainerState state, Child child, List<Child> keepers) {
    this.container = container;
    this.directory = directory;
    this.state = state;
    this.child = child;
    this.process = null;
    this.keepers = List.copyOf(keepers);
    this.keeper = StateFile.keeper(state);
  }

  /** One that runs already, or ended while nobody was there. */
  Supervised(Container container, Path directory, ContainerState state) {
    this.container = container;
    this.directory = directory;
    this.state = state;
    this.child = null;
    this.process = StateFile.process(state);
    this.keepers = List.of();
    this.keeper = StateFile.keeper(state);
  }

  /**
   * How it ended.
   *
   * @param status the exit status, empty if nobody can say
   * @param note what else there is to say, or empty
   */
  record End(Optional<Integer> status, String note) {}

  /** Which container. */
  public Container container() {
    return container;
  }

  /** The container's own directory. */
  public Path directory() {
    return directory;
  }

  /** As it was when it was started. */
  ContainerState state() {
    return state;
  }

  /** Readable when it has ended; null if it had ended before it was taken over. */
  public @Nullable Fd pidfd() {
    return child != null ? child.pidfd() : process != null ? process.fd() : null;
  }

  /** Notes from now on when it writes. */
  public OutputTimes times(Inotify inotify) {
    return new OutputTimes(container.logs(directory), inotify);
  }

  /** Waits for its end, and until everything it wrote is in its logs; then the keeper goes. */
  End await() {
    End end = child != null ? own() : adopted();
    drain();
    exitStatus = end.status();
    return end;
  }

  /** What it ended with; empty before its end, or if nobody can say. */
  public Optional<Integer> exitStatus() {
    return exitStatus;
  }

  private End own() {
    Child mine = child;
    if (mine == null) {
      throw new IllegalStateException();
    }
    return new End(Optional.of(mine.waitFor().exitCode()), "");
  }

  private End adopted() {
    if (process != null) {
      process.waitFor(-1);
    }
    Pidfd holder = keeper;
    Fd held = holder == null ? null : holder.descriptor(Keeper.PIDFD);
    if (held == null) {
      return new End(
          Optional.empty(),
          state.isOutlived(StateFile.bootId())
              ? "its exit status is not known: the machine was started anew meanwhile"
              : "its exit status is not known: nobody was there when it ended");
    }
    try (held) {
      // Its new parent, the machine's first process, may take a moment to reap it.
      for (long waited = 0; waited < PATIENCE_MILLIS; waited += STEP_MILLIS) {
        Optional<ExitStatus> told = Pidfd.exitOf(held);
        if (told.isPresent()) {
          return new End(Optional.of(told.get().exitCode()), "");
        }
        sleep();
      }
    }
    return new End(
        Optional.empty(),
        "its exit status is not known: it ended without a supervisor, and only Linux 6.15 and newer"
            + " tell afterwards");
  }

  private void drain() {
    Pidfd holder = keeper;
    if (holder != null) {
      for (long waited = 0;
          waited < PATIENCE_MILLIS && !Keeper.isDone(holder) && !holder.hasEnded();
          waited += STEP_MILLIS) {
        sleep();
      }
      holder.signal(Signals.KILL);
    }
    Pidfd input = StateFile.input(state);
    if (input != null) {
      try (input) {
        input.signal(Signals.KILL);
      }
    }
    for (Child mine : keepers) {
      mine.waitFor();
    }
  }

  private static void sleep() {
    try {
      Thread.sleep(STEP_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Forgets it; it goes on. */
  @Override
  public void close() {
    if (child != null) {
      child.close();
    }
    if (process != null) {
      process.close();
    }
    for (Child mine : keepers) {
      mine.close();
    }
    if (keeper != null) {
      keeper.close();
    }
  }
}

package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.ContainerState;
import dev.phyllo.containers.ContainerState.Status;
import dev.phyllo.containers.Containers;
import dev.phyllo.containers.Supervision;
import dev.phyllo.containers.Supervision.Left;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.oci.SystemException;
import java.util.Optional;

/**
 * The end of a container as others see it: its process is gone, which the kernel says, and then
 * somebody has written down how, which takes a moment, or another supervisor if that was killed.
 */
final class AwaitedEnd {
  private static final long PATIENCE_MILLIS = 30_000;
  private static final long STEP_MILLIS = 4;

  private final Life life;
  private final Containers containers;
  private final Supervision supervision;
  private final SupervisorClient supervisor;

  AwaitedEnd(Life life, SupervisorClient supervisor) {
    this.life = life;
    this.containers = life.containers();
    this.supervision = containers.supervision();
    this.supervisor = supervisor;
  }

  /**
   * Waits for the last end; see {@link Life#await}.
   *
   * @param started whether it is known to have been started
   */
  Optional<Integer> await(Container container, boolean started) {
    Optional<Integer> told = Optional.empty();
    boolean seen = started;
    while (true) {
      try (Pidfd process = containers.processes().of(container)) {
        if (process != null) {
          seen = true;
          process.waitFor(-1);
          told = Pidfd.exitOf(process.fd()).map(e -> e.exitCode());
        }
      }
      if (seen && container.ephemeral()) {
        // While it goes, what is left of its record may say anything.
        awaitGone(container);
        Optional<Integer> result = result(container);
        return result.isPresent() ? result : told;
      }
      boolean known = awaitRecord(container, Status.EXITED);
      if (containers.find(container.id()).isEmpty()) {
        return result(container);
      }
      ContainerState state = containers.state(container);
      if (known && state.status() == Status.EXITED && supervision.left(container) != Left.NOTHING) {
        continue; // started again and ended again in between: how has to be written down first
      }
      if (state.status() == Status.EXITED || state.status() == Status.CREATED) {
        return state.exitStatus().isPresent() || state.finishedMillis() > 0
            ? state.exitStatus()
            : Optional.of(0);
      }
      if (state.status() == Status.RESTARTING) {
        Life.sleep(20);
      }
      if (told.isPresent() && supervision.left(container) != Left.RUNNING) {
        Life.sleep(STEP_MILLIS);
      }
    }
  }

  /** What a container ended with that is gone with its record. */
  Optional<Integer> result(Container container) {
    if (!supervisor.isThere()) {
      return Optional.empty();
    }
    return supervisor
        .ask(SupervisorMessage.request("result").put("id", container.id()))
        .number("status")
        .map(Long::intValue);
  }

  private void awaitGone(Container container) {
    for (long waited = 0; waited < PATIENCE_MILLIS; waited += STEP_MILLIS) {
      if (containers.find(container.id()).isEmpty()) {
        return;
      }
      if (waited % 100 == 0) {
        life.settle();
      }
      Life.sleep(STEP_MILLIS);
    }
  }

  /** After the end of the process: waits until whoever keeps it has written that down. */
  void awaitWritten(Container container) {
    for (long waited = 0; waited < PATIENCE_MILLIS; waited += STEP_MILLIS) {
      if (containers.find(container.id()).isEmpty()) {
        return;
      }
      if (!containers.isRunning(container) && supervision.left(container) == Left.NOTHING) {
        return;
      }
      if (waited % 100 == 0) {
        life.settle();
      }
      Life.sleep(STEP_MILLIS);
    }
    throw new SystemException(
        container.name(),
        "its end was not written down within half a minute",
        "see the supervisor's log below the store's root",
        0);
  }

  /**
   * If a process has ended that a record says runs, waits until the record says otherwise.
   *
   * @return whether it does
   */
  boolean awaitRecord(Container container, Status seen) {
    for (long waited = 0; waited < PATIENCE_MILLIS; waited += STEP_MILLIS) {
      if (containers.find(container.id()).isEmpty()
          || supervision.left(container) != Left.RUNNING
          || containers.state(container).status() != seen) {
        return true;
      }
      if (waited % 100 == 0) {
        life.settle();
      }
      Life.sleep(STEP_MILLIS);
    }
    return false;
  }
}

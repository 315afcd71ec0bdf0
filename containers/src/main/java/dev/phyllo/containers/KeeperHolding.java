package dev.phyllo.containers;

import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Signals;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The process that takes a container's output. It is started in the midst of the launch, and its
 * number is in the container's state; if the engine was killed in between, it is found by its name.
 */
final class KeeperHolding implements Holding {
  private static final long PATIENCE_MILLIS = 5_000;

  KeeperHolding() {}

  @Override
  public String name() {
    return "the keeper";
  }

  @Override
  public void acquire(Starting start) {
    // SupervisedStart does, when there is a process.
  }

  @Override
  public void release(String id, Path directory) {
    ContainerState state = StateFile.read(directory);
    end(StateFile.keeper(state));
    end(StateFile.input(state));
    if (state.status() == ContainerState.Status.STARTING && state.supervised()) {
      String name = "phyllo-keeper " + id + "\0";
      for (Pidfd keeper : Pidfd.withCommandLine(line -> line.startsWith(name))) {
        end(keeper);
      }
    }
  }

  private static void end(@Nullable Pidfd keeper) {
    if (keeper != null) {
      try (keeper) {
        keeper.signal(Signals.KILL);
        keeper.waitFor(PATIENCE_MILLIS);
      }
    }
  }
}

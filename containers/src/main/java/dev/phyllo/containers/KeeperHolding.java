package dev.phyllo.containers;

import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Signals;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
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
      search("phyllo-keeper " + id);
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

  private static void search(String name) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (commandLine(process).startsWith(name + "\0")) {
          end(Pidfd.open(Integer.parseInt(process.getFileName().toString())));
        }
      }
    } catch (IOException _) {
      // Then there is nobody to be found.
    }
  }

  private static String commandLine(Path process) {
    try {
      return new String(
          Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}

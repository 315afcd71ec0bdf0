package dev.phyllo.containers;

import dev.phyllo.linux.Pidfd;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The record of a container's state, beside that of what it is. It is replaced whole; whoever keeps
 * the container writes it, others only read.
 */
final class StateFile {
  private static final String NAME = "state.json";
  private static final String STOPPING = "stopping";
  private static @Nullable String bootId;

  private StateFile() {}

  /** As it was last written. */
  static ContainerState read(Path directory) {
    Path file = directory.resolve(NAME);
    try {
      byte[] bytes = Files.readAllBytes(file);
      // Empty if a power failure took what was not synced: then nothing of it runs any more.
      return bytes.length == 0
          ? ContainerState.NEW
          : ContainerState.fromJson(JsonCodec.parseObject(bytes, file.toString()));
    } catch (NoSuchFileException e) {
      return ContainerState.NEW;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  static void write(Path directory, ContainerState state, boolean durable) {
    DurableFiles.replace(directory.resolve(NAME), JsonCodec.toBytes(state.toJson()), durable);
  }

  /** The process of a state that says it runs; null if it has ended. The caller closes it. */
  static @Nullable Pidfd process(ContainerState state) {
    return open(state, state.processes().own());
  }

  /** The process that takes its output; null if there is none. The caller closes it. */
  static @Nullable Pidfd keeper(ContainerState state) {
    return open(state, state.processes().keeper());
  }

  /** The process that keeps its standard input open; null if there is none. */
  static @Nullable Pidfd input(ContainerState state) {
    return open(state, state.processes().input());
  }

  private static @Nullable Pidfd open(ContainerState state, ContainerState.ProcessId id) {
    if (id.pid() == 0 || !state.processes().bootId().equals(bootId())) {
      return null;
    }
    Pidfd process = Pidfd.open(id.pid(), id.startTicks());
    if (process != null && process.hasEnded()) {
      process.close();
      return null;
    }
    return process;
  }

  /** Whether the process of a state runs. */
  static boolean isAlive(ContainerState state) {
    Pidfd process = process(state);
    if (process == null) {
      return false;
    }
    process.close();
    return true;
  }

  /** Which start of the machine this is. */
  static String bootId() {
    String known = bootId;
    if (known == null) {
      Path file = Path.of("/proc/sys/kernel/random/boot_id");
      try {
        known = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
      } catch (IOException e) {
        throw new SystemException(file.toString(), e);
      }
      bootId = known;
    }
    return known;
  }

  /**
   * Writes down that somebody wants the container stopped, before any signal is sent: whoever keeps
   * it looks for this when it has ended, and does not start it again.
   */
  static void wantStopped(Path directory) {
    try {
      Files.write(directory.resolve(STOPPING), new byte[0]);
    } catch (IOException e) {
      throw new SystemException(directory.resolve(STOPPING).toString(), e);
    }
  }

  static boolean isWantedStopped(Path directory) {
    return Files.exists(directory.resolve(STOPPING));
  }

  /** It is started again by somebody, so it is to run. */
  static void wantRunning(Path directory) {
    try {
      Files.deleteIfExists(directory.resolve(STOPPING));
    } catch (IOException e) {
      throw new SystemException(directory.resolve(STOPPING).toString(), e);
    }
  }
}

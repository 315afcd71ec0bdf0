package dev.phyllo.containers;

import dev.phyllo.linux.Child;
import dev.phyllo.linux.Poll;
import dev.phyllo.linux.Signals;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.StartException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Another program that makes a container's bundle a process: {@code runc}, {@code crun}, or one
 * with their command line. It stays the parent of the container's process, passes signals on, and
 * ends as that does.
 */
final class ExternalRuntime {
  private static final int STEP_MILLIS = 2;
  private static final long PATIENCE_MILLIS = 30_000;
  private static final int MAX_LOG = 1 << 16;

  private final Container container;
  private final Path directory;

  ExternalRuntime(Container container, Path directory) {
    this.container = container;
    this.directory = directory;
  }

  private Path state() {
    return directory.resolve("runtime");
  }

  private Path pidFile() {
    return directory.resolve("runtime.pid");
  }

  private Path log() {
    return directory.resolve("runtime.log");
  }

  /**
   * Its command line.
   *
   * @throws NotFoundException if there is no such program
   */
  List<String> arguments() {
    String program = program(container.spec().life().runtime());
    // What a container that was killed has left there would be taken for one that runs.
    DurableFiles.deleteTree(state());
    try {
      Files.deleteIfExists(pidFile());
      Files.deleteIfExists(log());
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    return List.of(
        program,
        "--root",
        state().toString(),
        "--log",
        log().toString(),
        "--log-format",
        "json",
        "run",
        "--bundle",
        directory.toString(),
        "--pid-file",
        pidFile().toString(),
        container.id());
  }

  private static String program(String nameOrPath) {
    if (nameOrPath.indexOf('/') >= 0) {
      Path path = Path.of(nameOrPath).toAbsolutePath();
      if (Files.isExecutable(path)) {
        return path.toString();
      }
    } else {
      String search = System.getenv("PATH");
      String[] places =
          ((search == null ? "" : search) + ":" + Environment.DEFAULT_PATH).split(":", -1);
      for (String place : places) {
        Path path = Path.of(place, nameOrPath);
        if (place.startsWith("/") && Files.isExecutable(path)) {
          return path.toString();
        }
      }
    }
    throw new NotFoundException(
        "--runtime " + nameOrPath,
        "no such program",
        "install the package " + nameOrPath + ", or leave --runtime out");
  }

  /**
   * Waits until the container's process is there.
   *
   * @param child the runtime's
   * @throws StartException if it ended without making one; then it is reaped
   */
  void await(Child child) {
    for (long waited = 0; pid() == 0; waited += STEP_MILLIS) {
      boolean ended = Poll.readable(child.pidfd(), STEP_MILLIS);
      if (pid() != 0) {
        return;
      }
      if (ended || waited > PATIENCE_MILLIS) {
        child.signal(Signals.KILL);
        child.waitFor();
        child.close();
        throw failure(ended ? lastMessage() : "made no process within thirty seconds");
      }
    }
  }

  /** The container's process; 0 if there is none yet. */
  int pid() {
    try {
      String text = Files.readString(pidFile(), StandardCharsets.US_ASCII).strip();
      return text.isEmpty() ? 0 : Integer.parseInt(text);
    } catch (NoSuchFileException e) {
      return 0;
    } catch (IOException e) {
      throw new SystemException(pidFile().toString(), e);
    } catch (NumberFormatException e) {
      return 0; // half written
    }
  }

  private StartException failure(String message) {
    int status = StartException.ENGINE;
    if (message.contains("executable file not found") || message.contains("o such file")) {
      status = StartException.NOT_FOUND;
    } else if (message.contains("exec") && message.contains("ermission denied")) {
      status = StartException.NOT_EXECUTABLE;
    }
    return new StartException(
        status == StartException.ENGINE
            ? "container " + container.name()
            : container.spec().process().args().getFirst(),
        container.spec().life().runtime() + ": " + message,
        "",
        status,
        null);
  }

  /** What it said last. */
  private String lastMessage() {
    String said = "ended without making a process";
    try {
      byte[] bytes = Files.readAllBytes(log());
      if (bytes.length > MAX_LOG) {
        return said;
      }
      for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
        if (line.startsWith("{")) {
          said =
              JsonCodec.parseObject(line.getBytes(StandardCharsets.UTF_8), log().toString())
                  .string("msg")
                  .orElse(said);
        } else if (!line.isBlank()) {
          said = line;
        }
      }
    } catch (NoSuchFileException e) {
      return said;
    } catch (IOException e) {
      throw new SystemException(log().toString(), e);
    } catch (InvalidException e) {
      return said;
    }
    return said.replace('\n', ' ');
  }
}

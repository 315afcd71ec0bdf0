package dev.phyllo.engine;

import dev.phyllo.containers.LifeSpec;
import dev.phyllo.containers.LogSpec;
import dev.phyllo.containers.RestartPolicy;
import dev.phyllo.linux.Signals;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.ProcessConfig;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How the caller of {@code run} wants a container to live and end. */
public final class LifeRequest {
  private final Map<String, String> labels = new LinkedHashMap<>();
  private RestartPolicy restart = RestartPolicy.NO;
  private Optional<String> stopSignal = Optional.empty();
  private Optional<Integer> stopSeconds = Optional.empty();
  private Optional<Path> idFile = Optional.empty();
  private PullPolicy pull = PullPolicy.MISSING;
  private Optional<Platform> platform = Optional.empty();
  private String runtime = "";
  private LogSpec log = LogSpec.DEFAULT;
  private boolean tty;
  private boolean detached;
  private Runnable beforeLongWork = () -> {};

  LifeRequest() {}

  /**
   * What to do before its image is pulled or unpacked, which takes seconds where all else takes
   * milliseconds; nothing has been done or read by then.
   */
  public LifeRequest beforeLongWork(Runnable action) {
    beforeLongWork = action;
    return this;
  }

  /** Says that what comes takes long. */
  void longWorkComes() {
    beforeLongWork.run();
  }

  /** Which image of an index it is made from; without it, this machine's. */
  public LifeRequest platform(Platform wanted) {
    platform = Optional.of(wanted);
    return this;
  }

  Optional<Platform> platform() {
    return platform;
  }

  /** Whether it is started again when it ends. */
  public LifeRequest restart(RestartPolicy policy) {
    restart = policy;
    return this;
  }

  /**
   * What asks its process to end.
   *
   * @param signal a name or a number
   * @throws UsageException if there is no such signal
   */
  public LifeRequest stopSignal(String signal) {
    if (Signals.number(signal) < 0) {
      throw new UsageException(
          "--stop-signal " + signal, "no such signal", "signal(7) lists them, such as TERM");
    }
    stopSignal = Optional.of(signal);
    return this;
  }

  /** How long its process then has, in seconds; negative for ever. */
  public LifeRequest stopSeconds(int seconds) {
    stopSeconds = Optional.of(seconds);
    return this;
  }

  /** Adds what it is called by, replacing what the image says. */
  public LifeRequest label(String name, String value) {
    labels.put(name, value);
    return this;
  }

  /** Gives it a terminal of its own. */
  public LifeRequest tty(boolean yes) {
    tty = yes;
    return this;
  }

  /** Whether it is meant to run beside its caller and not in front. */
  public LifeRequest detached(boolean yes) {
    detached = yes;
    return this;
  }

  /** Where to write the container's id; the file must not be there yet. */
  public LifeRequest idFile(Path file) {
    idFile = Optional.of(file);
    return this;
  }

  /**
   * Which program makes it a process of its bundle, the engine itself being {@code builtin}.
   *
   * @param nameOrPath {@code runc}, {@code crun}, another name in the search path, or a path
   */
  public LifeRequest runtime(String nameOrPath) {
    runtime = nameOrPath.equals("builtin") ? "" : nameOrPath;
    return this;
  }

  /** What becomes of its output. */
  public LifeRequest log(LogSpec spec) {
    log = spec;
    return this;
  }

  /** When to bring the image from its registry. */
  public LifeRequest pull(PullPolicy policy) {
    pull = policy;
    return this;
  }

  /**
   * Whether its caller cannot be its parent, although it may wait for it. Of one that stays when it
   * has ended, somebody may want to see the output then.
   *
   * @param removed whether it goes when it ends
   */
  public boolean needsSupervisor(boolean removed) {
    return detached || tty || restart.kind() != RestartPolicy.Kind.NO || !removed && log.isKept();
  }

  boolean hasRuntime() {
    return !runtime.isEmpty();
  }

  PullPolicy pull() {
    return pull;
  }

  /** Refuses to go on if the file for the id is there. */
  void checkIdFile() {
    if (idFile.isPresent() && Files.exists(idFile.get())) {
      throw new ConflictException(
          "--cidfile " + idFile.get(),
          "is there already, perhaps of a container that runs",
          "remove it, or name another");
    }
  }

  void writeId(String id) {
    if (idFile.isPresent()) {
      try {
        Files.writeString(idFile.get(), id, StandardOpenOption.CREATE_NEW);
      } catch (IOException e) {
        throw new SystemException(idFile.get().toString(), e);
      }
    }
  }

  boolean hasTty() {
    return tty;
  }

  LifeSpec spec(ProcessConfig image, String init) {
    Map<String, String> all = new LinkedHashMap<>(image.labels());
    all.putAll(labels);
    return new LifeSpec(
        restart,
        stopSignal.or(image::stopSignal).orElse(""),
        stopSeconds,
        !detached,
        all,
        runtime,
        init,
        log);
  }
}

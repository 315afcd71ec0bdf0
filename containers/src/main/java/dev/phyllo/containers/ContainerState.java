package dev.phyllo.containers;

import dev.phyllo.linux.Pidfd;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Optional;

/**
 * How a container is: what becomes of it after it was made, apart from what it is.
 *
 * @param status in one word
 * @param processes its own and those that keep it, while there are any
 * @param startedMillis when it was last started, in milliseconds since 1970; 0 for never
 * @param ending how it last ended
 * @param restarts how often its policy has started it again
 * @param supervised whether a supervisor keeps it, and not the command that started it
 * @param driver the snapshotter of its layers
 */
public record ContainerState(
    Status status,
    Processes processes,
    long startedMillis,
    Ending ending,
    int restarts,
    boolean supervised,
    String driver) {

  /** How a container is, in a word; docker's. */
  public enum Status {
    /** Made, never started. */
    CREATED("created"),
    /** Between the beginning of its start and its process. */
    STARTING("created"),
    /** Its process runs. */
    RUNNING("running"),
    /** Its processes are stopped for the time being. */
    PAUSED("paused"),
    /** Its process ended, and is to be started again. */
    RESTARTING("restarting"),
    /** Its process ended. */
    EXITED("exited");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    /** The word that lists show. */
    public String word() {
      return word;
    }

    /** Whether there is a process. */
    public boolean isRunning() {
      return this == RUNNING || this == PAUSED;
    }
  }

  /**
   * A process by its number and its beginning: with the boot id, its name for all time.
   *
   * @param pid as the engine sees it; 0 if there is none
   * @param startTicks when it began, in the kernel's clock ticks since boot; proc_pid_stat(5)
   */
  public record ProcessId(int pid, long startTicks) {
    /** None. */
    static final ProcessId NONE = new ProcessId(0, 0);

    /** That of a process that exists. */
    static ProcessId of(int pid) {
      return new ProcessId(pid, Pidfd.startTicks(pid));
    }
  }

  /**
   * The processes of a container.
   *
   * @param bootId of which start of the machine, {@code /proc/sys/kernel/random/boot_id}; empty if
   *     there are none
   * @param own the container's own first one
   * @param keeper the one that takes its output
   * @param input the one that keeps its standard input open
   */
  public record Processes(String bootId, ProcessId own, ProcessId keeper, ProcessId input) {
    static final Processes NONE = new Processes("", ProcessId.NONE, ProcessId.NONE, ProcessId.NONE);

    /** Those of a container that nobody keeps. */
    static Processes of(ProcessId own, String bootId) {
      return new Processes(bootId, own, ProcessId.NONE, ProcessId.NONE);
    }

    Processes withOwn(ProcessId other) {
      return new Processes(bootId, other, keeper, input);
    }

    Processes keptBy(ProcessId taker, ProcessId holder) {
      return new Processes(bootId, own, taker, holder);
    }
  }

  /**
   * How a container ended.
   *
   * @param millis when, in milliseconds since 1970; 0 for never
   * @param exitStatus what its process ended with, 128 and the number if by a signal; empty if
   *     there was no end, or nobody was there to see it
   * @param oomKilled whether the kernel killed it for want of memory
   * @param error why it could not be started, or what is not known of its end; usually empty
   */
  public record Ending(long millis, Optional<Integer> exitStatus, boolean oomKilled, String error) {
    /** It is being started: when it ended before is all that still holds. */
    Ending startedAgain() {
      return new Ending(millis, Optional.empty(), false, "");
    }
  }

  /** Whether it was so before the machine was last started. */
  boolean isOutlived(String bootId) {
    return !processes.bootId().isEmpty() && !processes.bootId().equals(bootId);
  }

  /** Before the first start. */
  static final ContainerState NEW =
      new ContainerState(
          Status.CREATED,
          Processes.NONE,
          0,
          new Ending(0, Optional.empty(), false, ""),
          0,
          false,
          "");

  /** Whether its process runs, paused or not. */
  public boolean isRunning() {
    return status.isRunning();
  }

  /** Its process as the engine sees it; 0 if there is none. */
  public int pid() {
    return processes.own().pid();
  }

  /** When it last ended, in milliseconds since 1970; 0 for never. */
  public long finishedMillis() {
    return ending.millis();
  }

  /** What its process ended with; see {@link Ending#exitStatus}. */
  public Optional<Integer> exitStatus() {
    return ending.exitStatus();
  }

  /** Whether the kernel killed it for want of memory. */
  public boolean oomKilled() {
    return ending.oomKilled();
  }

  /** Why it could not be started, or what is not known of its end; usually empty. */
  public String error() {
    return ending.error();
  }

  /** It is being started. */
  ContainerState starting(boolean bySupervisor, String layers) {
    return new ContainerState(
        Status.STARTING,
        Processes.NONE,
        startedMillis,
        ending.startedAgain(),
        restarts,
        bySupervisor,
        layers);
  }

  /** Its process is there. */
  ContainerState running(Processes these) {
    return new ContainerState(
        Status.RUNNING,
        these,
        System.currentTimeMillis(),
        ending.startedAgain(),
        restarts,
        supervised,
        driver);
  }

  /** Its process is another than was thought. */
  ContainerState withOwn(ProcessId own) {
    return new ContainerState(
        status, processes.withOwn(own), startedMillis, ending, restarts, supervised, driver);
  }

  /** Its process ended. */
  ContainerState exited(Optional<Integer> exit, boolean oom, String what) {
    return ended(Status.EXITED, new Ending(System.currentTimeMillis(), exit, oom, what), restarts);
  }

  /** Its process ended and is to be started again, unless the machine is first. */
  ContainerState restarting(Optional<Integer> exit, boolean oom, int times) {
    return new ContainerState(
        Status.RESTARTING,
        Processes.of(ProcessId.NONE, processes.bootId()),
        startedMillis,
        new Ending(System.currentTimeMillis(), exit, oom, ""),
        times,
        supervised,
        driver);
  }

  /** It could not be started. */
  ContainerState failed(int exit, String why) {
    Status after = startedMillis == 0 ? Status.CREATED : Status.EXITED;
    return ended(after, new Ending(ending.millis(), Optional.of(exit), false, why), restarts);
  }

  ContainerState withRestarts(int times) {
    return new ContainerState(status, processes, startedMillis, ending, times, supervised, driver);
  }

  ContainerState withStatus(Status other) {
    return new ContainerState(
        other, processes, startedMillis, ending, restarts, supervised, driver);
  }

  private ContainerState ended(Status after, Ending how, int times) {
    return new ContainerState(after, Processes.NONE, startedMillis, how, times, supervised, driver);
  }

  static ContainerState fromJson(JsonObject o) {
    String word = o.requireString("status");
    Status status = Status.EXITED;
    for (Status s : Status.values()) {
      if (s.name().equals(word)) {
        status = s;
      }
    }
    Optional<Long> exit = o.number("exitStatus");
    return new ContainerState(
        status,
        new Processes(
            o.string("bootId").orElse(""),
            process(o, "pid", "startTicks"),
            process(o, "keeper", "keeperTicks"),
            process(o, "input", "inputTicks")),
        o.number("started").orElse(0L),
        new Ending(
            o.number("finished").orElse(0L),
            exit.isEmpty() ? Optional.empty() : Optional.of(exit.get().intValue()),
            o.bool("oomKilled").orElse(false),
            o.string("error").orElse("")),
        o.number("restarts").orElse(0L).intValue(),
        o.bool("supervised").orElse(false),
        o.string("driver").orElse(""));
  }

  private static ProcessId process(JsonObject o, String pid, String ticks) {
    return new ProcessId(o.number(pid).orElse(0L).intValue(), o.number(ticks).orElse(0L));
  }

  Json.Obj toJson() {
    JsonBuilder b =
        new JsonBuilder()
            .put("status", status.name())
            .put("pid", processes.own().pid())
            .put("startTicks", processes.own().startTicks())
            .put("bootId", processes.bootId())
            .put("started", startedMillis)
            .put("finished", ending.millis())
            .put("oomKilled", ending.oomKilled())
            .put("error", ending.error())
            .put("restarts", restarts)
            .put("supervised", supervised)
            .put("keeper", processes.keeper().pid())
            .put("keeperTicks", processes.keeper().startTicks())
            .put("input", processes.input().pid())
            .put("inputTicks", processes.input().startTicks())
            .put("driver", driver);
    if (ending.exitStatus().isPresent()) {
      b.put("exitStatus", ending.exitStatus().get());
    }
    return b.build();
  }
}

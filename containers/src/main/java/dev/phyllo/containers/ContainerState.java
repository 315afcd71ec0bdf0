package dev.phyllo.containers;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Optional;

/**
 * How a container is: what becomes of it after it was made, apart from what it is.
 *
 * @param status in one word
 * @param pid its process as the engine sees it; 0 if there is none
 * @param startTicks when that began, in the kernel's clock ticks since boot: with the number and
 *     the boot id, the process' name for all time
 * @param bootId of which start of the machine, {@code /proc/sys/kernel/random/boot_id}
 * @param startedMillis when it was last started, in milliseconds since 1970; 0 for never
 * @param finishedMillis when it last ended; 0 for never
 * @param exitStatus what its process ended with, 128 and the number if by a signal; empty if there
 *     was no end, or nobody was there to see it
 * @param oomKilled whether the kernel killed it for want of memory
 * @param error why it could not be started, or what is not known of its end; usually empty
 * @param restarts how often its policy has started it again
 * @param supervised whether a supervisor keeps it, and not the command that started it
 * @param keeper the process that takes its output; 0 if there is none
 * @param keeperTicks when that began
 * @param input the process that keeps its standard input open; 0 if there is none
 * @param inputTicks when that began
 * @param driver the snapshotter of its layers
 */
public record ContainerState(
    Status status,
    int pid,
    long startTicks,
    String bootId,
    long startedMillis,
    long finishedMillis,
    Optional<Integer> exitStatus,
    boolean oomKilled,
    String error,
    int restarts,
    boolean supervised,
    int keeper,
    long keeperTicks,
    int input,
    long inputTicks,
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

  /** Before the first start. */
  static final ContainerState NEW =
      new ContainerState(
          Status.CREATED, 0, 0, "", 0, 0, Optional.empty(), false, "", 0, false, 0, 0, 0, 0, "");

  /** Whether its process runs, paused or not. */
  public boolean isRunning() {
    return status.isRunning();
  }

  /** It is being started. */
  ContainerState starting(boolean bySupervisor, String layers) {
    return new ContainerState(
        Status.STARTING,
        0,
        0,
        "",
        startedMillis,
        finishedMillis,
        Optional.empty(),
        false,
        "",
        restarts,
        bySupervisor,
        0,
        0,
        0,
        0,
        layers);
  }

  /** Its process is there. */
  ContainerState running(int process, long ticks, String boot) {
    return new ContainerState(
        Status.RUNNING,
        process,
        ticks,
        boot,
        System.currentTimeMillis(),
        finishedMillis,
        Optional.empty(),
        false,
        "",
        restarts,
        supervised,
        0,
        0,
        0,
        0,
        driver);
  }

  /** Its process is another than was thought. */
  ContainerState of(int process, long ticks) {
    return new ContainerState(
        status,
        process,
        ticks,
        bootId,
        startedMillis,
        finishedMillis,
        exitStatus,
        oomKilled,
        error,
        restarts,
        supervised,
        keeper,
        keeperTicks,
        input,
        inputTicks,
        driver);
  }

  /** These processes keep it. */
  ContainerState keptBy(int keeperPid, long keeperBegan, int inputPid, long inputBegan) {
    return new ContainerState(
        status,
        pid,
        startTicks,
        bootId,
        startedMillis,
        finishedMillis,
        exitStatus,
        oomKilled,
        error,
        restarts,
        supervised,
        keeperPid,
        keeperBegan,
        inputPid,
        inputBegan,
        driver);
  }

  /** Its process ended. */
  ContainerState exited(Optional<Integer> exit, boolean oom, String what) {
    return ended(Status.EXITED, System.currentTimeMillis(), exit, oom, what, restarts);
  }

  /** Its process ended and is to be started again. */
  ContainerState restarting(Optional<Integer> exit, boolean oom, int times) {
    return ended(Status.RESTARTING, System.currentTimeMillis(), exit, oom, "", times);
  }

  /** It could not be started. */
  ContainerState failed(int exit, String why) {
    Status after = startedMillis == 0 ? Status.CREATED : Status.EXITED;
    return ended(after, finishedMillis, Optional.of(exit), false, why, restarts);
  }

  ContainerState withRestarts(int times) {
    return new ContainerState(
        status,
        pid,
        startTicks,
        bootId,
        startedMillis,
        finishedMillis,
        exitStatus,
        oomKilled,
        error,
        times,
        supervised,
        keeper,
        keeperTicks,
        input,
        inputTicks,
        driver);
  }

  ContainerState withStatus(Status other) {
    return new ContainerState(
        other,
        pid,
        startTicks,
        bootId,
        startedMillis,
        finishedMillis,
        exitStatus,
        oomKilled,
        error,
        restarts,
        supervised,
        keeper,
        keeperTicks,
        input,
        inputTicks,
        driver);
  }

  private ContainerState ended(
      Status after, long when, Optional<Integer> exit, boolean oom, String what, int times) {
    return new ContainerState(
        after,
        0,
        0,
        "",
        startedMillis,
        when,
        exit,
        oom,
        what,
        times,
        supervised,
        0,
        0,
        0,
        0,
        driver);
  }

  static ContainerState fromJson(JsonObject o) {
    String word = o.requireString("status");
    Status status = Status.EXITED;
    for (Status s : Status.values()) {
      if (s.name().equals(word)) {
        status = s;
      }
    }
    return new ContainerState(
        status,
        o.number("pid").orElse(0L).intValue(),
        o.number("startTicks").orElse(0L),
        o.string("bootId").orElse(""),
        o.number("started").orElse(0L),
        o.number("finished").orElse(0L),
        o.number("exitStatus").map(Long::intValue),
        o.bool("oomKilled").orElse(false),
        o.string("error").orElse(""),
        o.number("restarts").orElse(0L).intValue(),
        o.bool("supervised").orElse(false),
        o.number("keeper").orElse(0L).intValue(),
        o.number("keeperTicks").orElse(0L),
        o.number("input").orElse(0L).intValue(),
        o.number("inputTicks").orElse(0L),
        o.string("driver").orElse(""));
  }

  Json.Obj toJson() {
    JsonBuilder b =
        new JsonBuilder()
            .put("status", status.name())
            .put("pid", pid)
            .put("startTicks", startTicks)
            .put("bootId", bootId)
            .put("started", startedMillis)
            .put("finished", finishedMillis)
            .put("oomKilled", oomKilled)
            .put("error", error)
            .put("restarts", restarts)
            .put("supervised", supervised)
            .put("keeper", keeper)
            .put("keeperTicks", keeperTicks)
            .put("input", input)
            .put("inputTicks", inputTicks)
            .put("driver", driver);
    if (exitStatus.isPresent()) {
      b.put("exitStatus", exitStatus.get());
    }
    return b.build();
  }
}

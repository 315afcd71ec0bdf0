package dev.phyllo.containers;

import dev.phyllo.linux.cgroup.CgroupLimits;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/**
 * How much of the machine a container's processes may use.
 *
 * @param limits of all of them together; rules for devices are {@link SecuritySpec}'s
 * @param ulimits of each of them
 * @param oomScoreAdj how readily the kernel kills them when memory is out, -1000 to 1000
 *     (proc_pid_oom_score_adj(5)); 0 leaves the engine's own
 * @param shmSize bytes of {@code /dev/shm}
 */
public record ResourceSpec(
    CgroupLimits limits, List<Ulimit> ulimits, int oomScoreAdj, long shmSize) {
  /** Bytes of {@code /dev/shm} where nothing is said; docker's value. */
  public static final long DEFAULT_SHM_SIZE = 64L << 20;

  /** Nothing is limited. */
  public static final ResourceSpec NONE =
      new ResourceSpec(CgroupLimits.NONE, List.of(), 0, DEFAULT_SHM_SIZE);

  /** Keeps copies. */
  public ResourceSpec {
    ulimits = List.copyOf(ulimits);
  }

  static ResourceSpec fromJson(JsonObject o) {
    List<Ulimit> ulimits = new ArrayList<>();
    for (JsonObject u : o.objects("ulimits")) {
      ulimits.add(
          new Ulimit(u.requireString("name"), u.requireNumber("soft"), u.requireNumber("hard")));
    }
    return new ResourceSpec(
        new CgroupLimits(
            number(o, "memory"),
            number(o, "memorySwap"),
            number(o, "memoryReservation"),
            number(o, "cpuShares"),
            number(o, "cpuPeriod"),
            number(o, "cpuQuota"),
            o.string("cpusetCpus").orElse(""),
            o.string("cpusetMems").orElse(""),
            number(o, "pids"),
            (int) number(o, "blkioWeight"),
            o.bool("oomKillDisable").orElse(false),
            List.of()),
        ulimits,
        (int) number(o, "oomScoreAdj"),
        o.number("shmSize").orElse(DEFAULT_SHM_SIZE));
  }

  private static long number(JsonObject o, String name) {
    return o.number(name).orElse(0L);
  }

  /** What was not said is left out, which most often is everything. */
  Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder();
    put(b, "memory", limits.memory());
    put(b, "memorySwap", limits.memorySwap());
    put(b, "memoryReservation", limits.memoryReservation());
    put(b, "cpuShares", limits.cpuShares());
    put(b, "cpuPeriod", limits.cpuPeriod());
    put(b, "cpuQuota", limits.cpuQuota());
    put(b, "pids", limits.pids());
    put(b, "blkioWeight", limits.blkioWeight());
    put(b, "oomScoreAdj", oomScoreAdj);
    if (!limits.cpusetCpus().isEmpty()) {
      b.put("cpusetCpus", limits.cpusetCpus());
    }
    if (!limits.cpusetMems().isEmpty()) {
      b.put("cpusetMems", limits.cpusetMems());
    }
    if (limits.oomKillDisable()) {
      b.put("oomKillDisable", true);
    }
    if (shmSize != DEFAULT_SHM_SIZE) {
      b.put("shmSize", shmSize);
    }
    if (!ulimits.isEmpty()) {
      List<Json> each = new ArrayList<>();
      for (Ulimit u : ulimits) {
        each.add(
            new JsonBuilder()
                .put("name", u.name())
                .put("soft", u.soft())
                .put("hard", u.hard())
                .build());
      }
      b.put("ulimits", new Json.Array(each));
    }
    return b.build();
  }

  private static void put(JsonBuilder b, String name, long value) {
    if (value != 0) {
      b.put(name, value);
    }
  }
}

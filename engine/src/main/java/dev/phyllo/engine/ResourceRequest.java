package dev.phyllo.engine;

import dev.phyllo.containers.ResourceSpec;
import dev.phyllo.containers.Ulimit;
import dev.phyllo.linux.cgroup.CgroupLimits;
import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.List;

/** How much of the machine the caller of {@code run} wants a container to have at most. */
public final class ResourceRequest {
  private static final long MIN_MEMORY = 6L << 20;

  private final List<Ulimit> ulimits = new ArrayList<>();
  private long memory;
  private long memorySwap;
  private long memoryReservation;
  private long cpuShares;
  private long cpuPeriod;
  private long cpuQuota;
  private String cpusetCpus = "";
  private String cpusetMems = "";
  private long pids;
  private int blkioWeight;
  private boolean oomKillDisable;
  private int oomScoreAdj;
  private long shmSize = ResourceSpec.DEFAULT_SHM_SIZE;

  /** Nothing is wanted yet. */
  public ResourceRequest() {}

  /** Bytes of memory, at least 6 MiB; 0 for no limit. */
  public ResourceRequest memory(long bytes) {
    if (bytes != 0 && bytes < MIN_MEMORY) {
      throw new UsageException("--memory " + bytes, "too little to start in", "give 6m or more");
    }
    memory = bytes;
    return this;
  }

  /** Bytes of memory and swap together; -1 for as much swap as there is. */
  public ResourceRequest memorySwap(long bytes) {
    memorySwap = bytes;
    return this;
  }

  /** Bytes to which it is pushed back when memory is short. */
  public ResourceRequest memoryReservation(long bytes) {
    memoryReservation = bytes;
    return this;
  }

  /** Its weight when processors are short, 1024 being usual. */
  public ResourceRequest cpuShares(long shares) {
    cpuShares = shares;
    return this;
  }

  /** Microseconds in which the quota holds. */
  public ResourceRequest cpuPeriod(long micros) {
    cpuPeriod = micros;
    return this;
  }

  /** Microseconds of processor time in each period. */
  public ResourceRequest cpuQuota(long micros) {
    cpuQuota = micros;
    return this;
  }

  /**
   * How many processors' worth of time.
   *
   * @param nanos billionths of a processor
   */
  public ResourceRequest nanoCpus(long nanos) {
    if (cpuPeriod != 0 || cpuQuota != 0) {
      throw new UsageException(
          "--cpus", "says the same as --cpu-period and --cpu-quota", "give one or the other");
    }
    cpuPeriod = 100_000;
    cpuQuota = nanos / 10_000;
    if (cpuQuota < 1000) {
      throw new UsageException(
          "--cpus", "less than a hundredth of a processor", "give 0.01 or more");
    }
    return this;
  }

  /** The processors it may run on, such as {@code 0-2,7}. */
  public ResourceRequest cpusetCpus(String list) {
    cpusetCpus = list;
    return this;
  }

  /** The memory nodes it may use. */
  public ResourceRequest cpusetMems(String list) {
    cpusetMems = list;
    return this;
  }

  /** How many processes and threads; -1 or 0 for no limit. */
  public ResourceRequest pids(long most) {
    pids = most == 0 ? -1 : most;
    return this;
  }

  /** The weight of its disk accesses, 10 to 1000. */
  public ResourceRequest blkioWeight(int weight) {
    if (weight != 0 && (weight < 10 || weight > 1000)) {
      throw new UsageException(
          "--blkio-weight " + weight, "not between 10 and 1000", "write a number from 10 to 1000");
    }
    blkioWeight = weight;
    return this;
  }

  /** Lets its processes wait when memory is out. */
  public ResourceRequest oomKillDisable(boolean yes) {
    oomKillDisable = yes;
    return this;
  }

  /** How readily its processes are killed when memory is out, -1000 to 1000. */
  public ResourceRequest oomScoreAdj(int score) {
    if (score < -1000 || score > 1000) {
      throw new UsageException(
          "--oom-score-adj " + score,
          "not between -1000 and 1000",
          "write a number from -1000 to 1000");
    }
    oomScoreAdj = score;
    return this;
  }

  /** A limit of each process; a later one of the same name counts. */
  public ResourceRequest ulimit(Ulimit limit) {
    for (int i = 0; i < ulimits.size(); i++) {
      if (ulimits.get(i).name().equals(limit.name())) {
        ulimits.set(i, limit);
        return this;
      }
    }
    ulimits.add(limit);
    return this;
  }

  /** Bytes of {@code /dev/shm}. */
  public ResourceRequest shmSize(long bytes) {
    if (bytes <= 0) {
      throw new UsageException(
          "--shm-size " + bytes, "not more than nothing", "write a size such as 64m");
    }
    shmSize = bytes;
    return this;
  }

  /** Whether nothing is wanted of all processes together. */
  public boolean isEmpty() {
    return !limits().isAsked();
  }

  ResourceSpec spec() {
    CgroupLimits limits = limits();
    check(limits);
    return new ResourceSpec(limits, ulimits, oomScoreAdj, shmSize);
  }

  /** What is wanted of all processes together, whether or not one goes with the other. */
  CgroupLimits limits() {
    return new CgroupLimits(
        memory,
        memorySwap,
        memoryReservation,
        cpuShares,
        cpuPeriod,
        cpuQuota,
        cpusetCpus,
        cpusetMems,
        pids,
        blkioWeight,
        oomKillDisable,
        List.of());
  }

  /**
   * Refuses limits that cannot be together.
   *
   * @throws UsageException which, and why
   */
  static void check(CgroupLimits limits) {
    long swap = limits.memorySwap();
    long reservation = limits.memoryReservation();
    if (swap > 0 && (limits.memory() == 0 || swap < limits.memory())) {
      throw new UsageException(
          "--memory-swap " + swap,
          limits.memory() == 0 ? "needs --memory beside it" : "less than --memory",
          "it is memory and swap together");
    }
    if (reservation > 0 && limits.memory() > 0 && reservation > limits.memory()) {
      throw new UsageException(
          "--memory-reservation " + reservation,
          "more than --memory",
          "it is to be the smaller of the two");
    }
  }
}

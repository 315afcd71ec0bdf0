package dev.phyllo.linux.cgroup;

import java.util.List;

/**
 * What a cgroup's processes may use together. 0 or empty means that nothing was said.
 *
 * @param memory bytes of memory
 * @param memorySwap bytes of memory and swap together; -1 for no limit
 * @param memoryReservation bytes to which the kernel pushes it when memory is short
 * @param cpuShares weight against other cgroups, 2 to 262144, 1024 being usual
 * @param cpuPeriod microseconds
 * @param cpuQuota microseconds of processor time in each period; -1 for no limit
 * @param cpusetCpus processors, such as {@code 0-2,7}
 * @param cpusetMems memory nodes, likewise
 * @param pids processes and threads; -1 for no limit
 * @param blkioWeight weight of its disk accesses, 10 to 1000
 * @param oomKillDisable whether processes wait instead of being killed when memory is out
 * @param devices what may be done with devices; empty for everything
 */
public record CgroupLimits(
    long memory,
    long memorySwap,
    long memoryReservation,
    long cpuShares,
    long cpuPeriod,
    long cpuQuota,
    String cpusetCpus,
    String cpusetMems,
    long pids,
    int blkioWeight,
    boolean oomKillDisable,
    List<DeviceRule> devices) {

  /** Nothing is limited. */
  public static final CgroupLimits NONE =
      new CgroupLimits(0, 0, 0, 0, 0, 0, "", "", 0, 0, false, List.of());

  /** Keeps a copy. */
  public CgroupLimits {
    devices = List.copyOf(devices);
  }

  /** The same with these rules for devices. */
  public CgroupLimits withDevices(List<DeviceRule> rules) {
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
        rules);
  }

  /** The same with what others say where they say something; devices as they are. */
  public CgroupLimits changedBy(CgroupLimits other) {
    return new CgroupLimits(
        other.memory != 0 ? other.memory : memory,
        other.memorySwap != 0 ? other.memorySwap : memorySwap,
        other.memoryReservation != 0 ? other.memoryReservation : memoryReservation,
        other.cpuShares != 0 ? other.cpuShares : cpuShares,
        other.cpuPeriod != 0 ? other.cpuPeriod : cpuPeriod,
        other.cpuQuota != 0 ? other.cpuQuota : cpuQuota,
        other.cpusetCpus.isEmpty() ? cpusetCpus : other.cpusetCpus,
        other.cpusetMems.isEmpty() ? cpusetMems : other.cpusetMems,
        other.pids != 0 ? other.pids : pids,
        other.blkioWeight != 0 ? other.blkioWeight : blkioWeight,
        other.oomKillDisable || oomKillDisable,
        devices);
  }

  /** Whether anything but devices is limited: then a machine without cgroups is no good. */
  public boolean isAsked() {
    return memory != 0
        || memorySwap != 0
        || memoryReservation != 0
        || cpuShares != 0
        || cpuPeriod != 0
        || cpuQuota != 0
        || !cpusetCpus.isEmpty()
        || !cpusetMems.isEmpty()
        || pids != 0
        || blkioWeight != 0
        || oomKillDisable;
  }

  /** Whether processors or memory nodes are chosen. */
  boolean hasCpuset() {
    return !cpusetCpus.isEmpty() || !cpusetMems.isEmpty();
  }
}

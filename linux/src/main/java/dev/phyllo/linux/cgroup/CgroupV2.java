package dev.phyllo.linux.cgroup;

import dev.phyllo.linux.CgroupPrograms;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Plan;
import dev.phyllo.oci.SystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A cgroup of version 2: one directory; the kernel's documentation, admin-guide/cgroup-v2. */
final class CgroupV2 extends Cgroup {
  private static final String[] CONTROLLERS = {"memory", "pids", "cpu", "io", "cpuset"};
  private static final int DEFAULT_PERIOD = 100_000;

  private final String directory;

  private CgroupV2(String directory) {
    this.directory = directory;
  }

  /** Makes the directory; null if this user may make none that he can move processes to. */
  static @Nullable CgroupV2 make(CgroupMounts mounts, String id) {
    for (String parent : candidates(mounts)) {
      int result = CgroupFiles.makeDirectory(parent + "/" + PARENT);
      if (result == 0 && mayMove(parent)) {
        divide(parent);
        divide(parent + "/" + PARENT);
        String directory = parent + "/" + PARENT + "/" + id;
        result = CgroupFiles.makeDirectory(directory);
        if (result < 0) {
          throw CgroupFiles.failure(directory, "mkdir", -result);
        }
        return new CgroupV2(directory);
      }
    }
    return null;
  }

  static @Nullable CgroupV2 existing(CgroupMounts mounts, String id) {
    for (String parent : candidates(mounts)) {
      String directory = parent + "/" + PARENT + "/" + id;
      if (CgroupFiles.exists(directory)) {
        return new CgroupV2(directory);
      }
    }
    return null;
  }

  static CgroupV2 of(String directory) {
    return new CgroupV2(directory);
  }

  /** The top of the tree and every cgroup on the way down to this process' own. */
  private static List<String> candidates(CgroupMounts mounts) {
    List<String> candidates = new ArrayList<>();
    String top = mounts.version2();
    String own = mounts.own2();
    if (top.isEmpty()) {
      return candidates;
    }
    candidates.add(top);
    for (int slash = own.indexOf('/', top.length() + 1);
        own.length() > top.length() && slash >= 0;
        slash = own.indexOf('/', slash + 1)) {
      candidates.add(own.substring(0, slash));
    }
    if (own.length() > top.length()) {
      candidates.add(own);
    }
    return candidates;
  }

  /** Who moves a process must be allowed to in a cgroup above both. */
  private static boolean mayMove(String common) {
    int opened =
        FileCalls.tryOpenat2(
            Fd.CWD, CgroupFiles.bytes(common + "/cgroup.procs"), Open.WRONLY, 0, 0);
    if (opened < 0) {
      return false;
    }
    Fd.of(opened).close();
    return true;
  }

  /** Lets the cgroups below one have its controllers; what is not to be had is left out. */
  private static void divide(String directory) {
    String there = " " + CgroupFiles.read(directory + "/cgroup.controllers").strip() + " ";
    String file = directory + "/cgroup.subtree_control";
    String given = " " + CgroupFiles.read(file).strip() + " ";
    for (String controller : CONTROLLERS) {
      String word = " " + controller + " ";
      if (there.contains(word) && !given.contains(word)) {
        int _ = CgroupFiles.tryWrite(file, "+" + controller);
      }
    }
  }

  @Override
  public String place() {
    return "2:" + directory;
  }

  @Override
  public Map<String, String> view() {
    return Map.of("", directory);
  }

  @Override
  List<String> directories() {
    return List.of(directory);
  }

  @Override
  public void join(Plan.Builder plan, List<Fd> held) {
    Fd opened = FileCalls.open(directory, Open.RDONLY | Open.DIRECTORY);
    held.add(opened);
    plan.cgroup(opened);
  }

  @Override
  public void add(int pid) {
    CgroupFiles.write(directory + "/cgroup.procs", Integer.toString(pid));
  }

  @Override
  public void limit(CgroupLimits limits) {
    memory(limits);
    if (limits.cpuShares() != 0) {
      write("cpu.weight", Long.toString(weightOf(limits.cpuShares())), "--cpu-shares");
    }
    if (limits.cpuQuota() != 0 || limits.cpuPeriod() != 0) {
      String quota = limits.cpuQuota() > 0 ? Long.toString(limits.cpuQuota()) : "max";
      long period = limits.cpuPeriod() == 0 ? DEFAULT_PERIOD : limits.cpuPeriod();
      write("cpu.max", quota + " " + period, "--cpus");
    }
    write("cpuset.cpus", limits.cpusetCpus(), "--cpuset-cpus");
    write("cpuset.mems", limits.cpusetMems(), "--cpuset-mems");
    if (limits.pids() != 0) {
      write("pids.max", limits.pids() < 0 ? "max" : Long.toString(limits.pids()), "--pids-limit");
    }
    if (limits.blkioWeight() != 0) {
      // From 10 … 1000 to 1 … 10000.
      long weight = 1 + (limits.blkioWeight() - 10) * 9999L / 990;
      boolean bfq = CgroupFiles.exists(directory + "/io.bfq.weight");
      write(
          bfq ? "io.bfq.weight" : "io.weight",
          Long.toString(bfq ? limits.blkioWeight() : weight),
          "--blkio-weight");
    }
    if (!limits.devices().isEmpty() && !limits.devices().getFirst().isAll()) {
      try (Fd opened = FileCalls.open(directory, Open.RDONLY | Open.DIRECTORY)) {
        CgroupPrograms.attachDeviceFilter(opened, DeviceProgram.assemble(limits.devices()));
      }
    }
  }

  /** Version 1's 2 … 262144 as version 2's 1 … 10000, as the OCI runtimes convert it. */
  static long weightOf(long shares) {
    long clamped = Math.max(2, Math.min(262144, shares));
    return 1 + (clamped - 2) * 9999 / 262142;
  }

  private void memory(CgroupLimits limits) {
    if (limits.memory() != 0) {
      write("memory.max", limits.memory() < 0 ? "max" : Long.toString(limits.memory()), "--memory");
    }
    if (limits.memoryReservation() != 0) {
      write("memory.low", Long.toString(limits.memoryReservation()), "--memory-reservation");
    }
    // Version 1 counts memory and swap together, and so do the options; here swap is apart. Who
    // says nothing of it may have as much of it as of memory.
    if (limits.memorySwap() < 0) {
      write("memory.swap.max", "max", "--memory-swap");
    } else if (limits.memorySwap() > 0) {
      long swap = limits.memorySwap() - Math.max(0, limits.memory());
      write("memory.swap.max", Long.toString(swap), "--memory-swap");
    } else if (limits.memory() > 0) {
      int _ = CgroupFiles.tryWrite(directory + "/memory.swap.max", Long.toString(limits.memory()));
    }
    if (limits.oomKillDisable()) {
      throw noController("--oom-kill-disable", "memory", "version 2 of cgroups has no such thing");
    }
  }

  private void write(String file, String value, String limit) {
    if (value.isEmpty()) {
      return;
    }
    int result = CgroupFiles.tryWrite(directory + "/" + file, value);
    if (result == -Errno.ENOENT || result == -Errno.EACCES) {
      throw noController(
          limit, file.substring(0, file.indexOf('.')), "it is not delegated to " + directory);
    }
    if (result < 0) {
      throw new SystemException(
          limit + " " + value, file + ": " + Errno.describe(-result), "", -result);
    }
  }

  @Override
  public void freeze() {
    CgroupFiles.write(directory + "/cgroup.freeze", "1");
    long end = System.nanoTime() + PATIENCE;
    while (CgroupFiles.field(read("cgroup.events"), "frozen") != 1) {
      if (System.nanoTime() > end) {
        CgroupFiles.write(directory + "/cgroup.freeze", "0");
        throw new SystemException(directory, "not frozen after ten seconds", "", Errno.EBUSY);
      }
      sleep(1);
    }
  }

  @Override
  public void thaw() {
    CgroupFiles.write(directory + "/cgroup.freeze", "0");
  }

  @Override
  public boolean isFrozen() {
    return CgroupFiles.number(directory + "/cgroup.freeze") == 1;
  }

  @Override
  public List<Integer> pids() {
    List<Integer> pids = new ArrayList<>();
    addTree(directory, "cgroup.procs", pids, 0);
    return pids;
  }

  /** cgroup.kill, from Linux 5.14 on. */
  @Override
  boolean killAtOnce() {
    return CgroupFiles.tryWrite(directory + "/cgroup.kill", "1") >= 0;
  }

  @Override
  public long oomKills() {
    return Math.max(0, CgroupFiles.field(read("memory.events"), "oom_kill"));
  }

  @Override
  public CgroupStats stats() {
    long used = CgroupFiles.number(directory + "/memory.current");
    long droppable = CgroupFiles.field(read("memory.stat"), "inactive_file");
    long micros = CgroupFiles.field(read("cpu.stat"), "usage_usec");
    String io = read("io.stat");
    return new CgroupStats(
        used < 0 ? -1 : Math.max(0, used - Math.max(0, droppable)),
        CgroupFiles.number(directory + "/memory.max"),
        micros < 0 ? -1 : 1000 * micros,
        CgroupFiles.number(directory + "/pids.current"),
        CgroupFiles.number(directory + "/pids.max"),
        sum(io, " rbytes="),
        sum(io, " wbytes="));
  }

  /** Lines are {@code 254:0 rbytes=4096 wbytes=0 rios=1 ...}. */
  private long sum(String text, String key) {
    if (text.isEmpty() && !CgroupFiles.exists(directory + "/io.stat")) {
      return -1;
    }
    long sum = 0;
    int at = text.indexOf(key);
    while (at >= 0) {
      int from = at + key.length();
      int end = from;
      while (end < text.length() && Character.isDigit(text.charAt(end))) {
        end++;
      }
      sum += Math.max(0, CgroupFiles.parse(text.substring(from, end)));
      at = text.indexOf(key, end);
    }
    return sum;
  }

  private String read(String file) {
    return CgroupFiles.read(directory + "/" + file);
  }
}

package dev.phyllo.linux.cgroup;

import dev.phyllo.linux.Arg;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Sys;
import dev.phyllo.oci.SystemException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A cgroup of version 1: a directory in each controller's hierarchy; the kernel's documentation,
 * admin-guide/cgroup-v1.
 */
final class CgroupV1 extends Cgroup {
  /** The controllers that a container always gets, as far as there are any. */
  private static final String[] ALWAYS = {
    "memory", "pids", "freezer", "devices", "cpu", "cpuacct", "blkio"
  };

  /** Made only if it is asked for: it is the slow one, and limits nothing by itself. */
  private static final String CPUSET = "cpuset";

  private static final byte[] ITSELF = {'0'};

  /** Values of memory.limit_in_bytes from here on mean no limit. */
  private static final long NO_LIMIT = 1L << 60;

  /** By controller; several may have the same. */
  private final Map<String, String> directories;

  private CgroupV1(Map<String, String> directories) {
    this.directories = directories;
  }

  /** Makes the directories; null if this user may make none. */
  static @Nullable CgroupV1 make(CgroupMounts mounts, String id, CgroupLimits limits) {
    Map<String, String> made = new LinkedHashMap<>();
    for (String controller : ALWAYS) {
      makeDirectory(mounts, controller, id, made);
    }
    if (limits.hasCpuset()) {
      makeDirectory(mounts, CPUSET, id, made);
    }
    return made.isEmpty() ? null : new CgroupV1(made);
  }

  private static void makeDirectory(
      CgroupMounts mounts, String controller, String id, Map<String, String> made) {
    String own = mounts.own(controller);
    if (own.isEmpty()) {
      return;
    }
    String directory = own + "/" + PARENT + "/" + id;
    int result = CgroupFiles.makeDirectory(directory);
    if (result == -Errno.ENOENT) {
      result = CgroupFiles.makeDirectory(own + "/" + PARENT);
      if (result == 0 && controller.equals(CPUSET)) {
        shareCpuset(own, own + "/" + PARENT);
      }
      result = result == 0 ? CgroupFiles.makeDirectory(directory) : result;
    }
    if (result == 0) {
      made.put(controller, directory);
    } else if (result != -Errno.EACCES && result != -Errno.EPERM && result != -Errno.EROFS) {
      throw CgroupFiles.failure(directory, "mkdir", -result);
    }
  }

  /** A new cpuset is empty, and nothing can run in it, unless it is filled or told to copy. */
  private static void shareCpuset(String from, String to) {
    for (String file : new String[] {"cpuset.cpus", "cpuset.mems"}) {
      String value = CgroupFiles.read(from + "/" + file).strip();
      if (!value.isEmpty()) {
        CgroupFiles.write(to + "/" + file, value);
      }
    }
    CgroupFiles.write(to + "/cgroup.clone_children", "1");
  }

  /** Looks from the engine's own cgroups upwards, for it may be started elsewhere next time. */
  static @Nullable CgroupV1 existing(CgroupMounts mounts, String id) {
    Map<String, String> found = new LinkedHashMap<>();
    for (int i = 0; i <= ALWAYS.length; i++) {
      String controller = i < ALWAYS.length ? ALWAYS[i] : CPUSET;
      String top = mounts.mountPoint(controller);
      String at = mounts.own(controller);
      while (!at.isEmpty()) {
        String directory = at + "/" + PARENT + "/" + id;
        if (CgroupFiles.exists(directory)) {
          found.put(controller, directory);
          break;
        }
        at = at.length() > top.length() ? at.substring(0, at.lastIndexOf('/')) : "";
      }
    }
    return found.isEmpty() ? null : new CgroupV1(found);
  }

  static CgroupV1 of(String place) {
    Map<String, String> directories = new LinkedHashMap<>();
    int at = 0;
    while (at < place.length()) {
      int end = place.indexOf('\n', at);
      end = end < 0 ? place.length() : end;
      int equals = place.indexOf('=', at);
      if (equals > at && equals < end) {
        directories.put(place.substring(at, equals), place.substring(equals + 1, end));
      }
      at = end + 1;
    }
    return new CgroupV1(directories);
  }

  @Override
  public String place() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> entry : directories.entrySet()) {
      text.append(entry.getKey()).append('=').append(entry.getValue()).append('\n');
    }
    return text.toString();
  }

  @Override
  public Map<String, String> view() {
    return directories;
  }

  @Override
  List<String> directories() {
    List<String> each = new ArrayList<>();
    for (String directory : directories.values()) {
      if (!each.contains(directory)) {
        each.add(directory); // cpu and cpuacct are often one hierarchy
      }
    }
    return each;
  }

  /**
   * The child writes 0, which means itself, to {@code tasks}: that is the only move for which the
   * kernel does not hold all forks and exits, and wait until it may.
   */
  @Override
  public void join(Plan.Builder plan, List<Fd> held) {
    for (String directory : directories()) {
      Fd tasks = FileCalls.open(directory + "/tasks", Open.WRONLY);
      held.add(tasks);
      plan.step(
          "the cgroup " + directory,
          Sys.WRITE,
          Arg.of(tasks),
          new Arg.Bytes(ITSELF),
          Arg.of(ITSELF.length));
    }
  }

  @Override
  public void add(int pid) {
    for (String directory : directories()) {
      CgroupFiles.write(directory + "/cgroup.procs", Integer.toString(pid));
    }
  }

  @Override
  public void limit(CgroupLimits limits) {
    devices(limits.devices());
    memory(limits);
    set("cpu", "cpu.shares", limits.cpuShares(), "--cpu-shares");
    set("cpu", "cpu.cfs_period_us", limits.cpuPeriod(), "--cpu-period");
    set("cpu", "cpu.cfs_quota_us", limits.cpuQuota(), "--cpu-quota");
    if (limits.hasCpuset()) {
      String directory = require("cpuset", "--cpuset-cpus");
      write(directory, "cpuset.cpus", limits.cpusetCpus(), "--cpuset-cpus");
      write(directory, "cpuset.mems", limits.cpusetMems(), "--cpuset-mems");
    }
    if (limits.pids() != 0) {
      String most = limits.pids() < 0 ? "max" : Long.toString(limits.pids());
      write(require("pids", "--pids-limit"), "pids.max", most, "--pids-limit");
    }
    if (limits.blkioWeight() != 0) {
      String directory = require("blkio", "--blkio-weight");
      String file =
          CgroupFiles.exists(directory + "/blkio.weight") ? "blkio.weight" : "blkio.bfq.weight";
      write(directory, file, Integer.toString(limits.blkioWeight()), "--blkio-weight");
    }
  }

  private void memory(CgroupLimits limits) {
    String directory = directories.get("memory");
    // Docker's rule: who says nothing of swap may have as much of it as of memory.
    long swap = limits.memorySwap() != 0 ? limits.memorySwap() : 2 * Math.max(0, limits.memory());
    boolean counted =
        directory != null && CgroupFiles.exists(directory + "/memory.memsw.limit_in_bytes");
    boolean said = swap != 0 && (counted || limits.memorySwap() > 0);
    // The sum of both is never less than the one, at no moment of a change either.
    boolean swapFirst = directory != null && counted && said && isMore(limits.memory(), directory);
    if (swapFirst) {
      set("memory", "memory.memsw.limit_in_bytes", swap, "--memory-swap");
    }
    set("memory", "memory.limit_in_bytes", limits.memory(), "--memory");
    set("memory", "memory.soft_limit_in_bytes", limits.memoryReservation(), "--memory-reservation");
    if (said && !swapFirst) {
      set("memory", "memory.memsw.limit_in_bytes", swap, "--memory-swap");
    }
    if (limits.oomKillDisable()) {
      write(require("memory", "--oom-kill-disable"), "memory.oom_control", "1", "");
    }
  }

  private static boolean isMore(long memory, String directory) {
    return memory > CgroupFiles.number(directory + "/memory.memsw.limit_in_bytes");
  }

  private void devices(List<DeviceRule> rules) {
    String directory = directories.get("devices");
    if (directory == null || rules.isEmpty() || rules.getFirst().isAll()) {
      return;
    }
    CgroupFiles.write(directory + "/devices.deny", "a");
    String path = directory + "/devices.allow";
    try (Fd allow = FileCalls.open(path, Open.WRONLY)) {
      for (DeviceRule rule : rules) {
        byte[] line = CgroupFiles.bytes(rule.line());
        int result = FileData.tryWrite(allow, line, 0, line.length);
        if (result < 0) {
          throw CgroupFiles.failure(path, "write \"" + rule.line() + "\"", -result);
        }
      }
    }
  }

  private String require(String controller, String limit) {
    String directory = directories.get(controller);
    if (directory == null) {
      throw noController(limit, controller, "it is not mounted, or not for this user");
    }
    return directory;
  }

  private void set(String controller, String file, long value, String limit) {
    if (value != 0) {
      write(require(controller, limit), file, Long.toString(value), limit);
    }
  }

  private static void write(String directory, String file, String value, String limit) {
    if (value.isEmpty()) {
      return;
    }
    int result = CgroupFiles.tryWrite(directory + "/" + file, value);
    if (result == -Errno.ENOENT) {
      throw noController(limit, file, "this kernel has no such file");
    }
    if (result < 0) {
      throw new SystemException(
          (limit + " " + value).strip(), file + ": " + Errno.describe(-result), "", -result);
    }
  }

  @Override
  public void freeze() {
    String file = freezer();
    long end = System.nanoTime() + PATIENCE;
    CgroupFiles.write(file, "FROZEN");
    while (!CgroupFiles.read(file).startsWith("FROZEN")) {
      if (System.nanoTime() > end) {
        CgroupFiles.write(file, "THAWED");
        throw new SystemException(file, "not frozen after ten seconds", "", Errno.EBUSY);
      }
      sleep(1);
      // Tasks that were forked meanwhile are only asked if it is said again.
      CgroupFiles.write(file, "FROZEN");
    }
  }

  @Override
  public void thaw() {
    CgroupFiles.write(freezer(), "THAWED");
  }

  @Override
  public boolean isFrozen() {
    String directory = directories.get("freezer");
    String state = directory == null ? "" : CgroupFiles.read(directory + "/freezer.state");
    return state.startsWith("FR"); // FREEZING, FROZEN
  }

  private String freezer() {
    return require("freezer", "pause") + "/freezer.state";
  }

  @Override
  public List<Integer> pids() {
    // Every hierarchy has the same ones.
    List<Integer> pids = new ArrayList<>();
    if (!directories.isEmpty()) {
      addTree(directories.values().iterator().next(), "cgroup.procs", pids, 0);
    }
    return pids;
  }

  @Override
  boolean killAtOnce() {
    return false;
  }

  @Override
  public long oomKills() {
    String control = read("memory", "memory.oom_control");
    return Math.max(0, CgroupFiles.field(control, "oom_kill"));
  }

  @Override
  public CgroupStats stats() {
    long used = number("memory", "memory.usage_in_bytes");
    long droppable = CgroupFiles.field(read("memory", "memory.stat"), "total_inactive_file");
    long limit = number("memory", "memory.limit_in_bytes");
    String io = read("blkio", "blkio.throttle.io_service_bytes_recursive");
    return new CgroupStats(
        used < 0 ? -1 : Math.max(0, used - Math.max(0, droppable)),
        limit >= NO_LIMIT ? Long.MAX_VALUE : limit,
        number("cpuacct", "cpuacct.usage"),
        number("pids", "pids.current"),
        number("pids", "pids.max"),
        sum(io, " Read "),
        sum(io, " Write "));
  }

  /** Lines are {@code 254:0 Read 4096}, one for each device and kind. */
  private static long sum(String text, String kind) {
    if (text.isEmpty()) {
      return -1;
    }
    long sum = 0;
    int at = text.indexOf(kind);
    while (at >= 0) {
      int end = text.indexOf('\n', at);
      end = end < 0 ? text.length() : end;
      sum += Math.max(0, CgroupFiles.parse(text.substring(at + kind.length(), end).strip()));
      at = text.indexOf(kind, end);
    }
    return sum;
  }

  private String read(String controller, String file) {
    String directory = directories.get(controller);
    return directory == null ? "" : CgroupFiles.read(directory + "/" + file);
  }

  private long number(String controller, String file) {
    return CgroupFiles.parse(read(controller, file).strip());
  }
}

package dev.phyllo.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.linux.Child;
import dev.phyllo.linux.Ids;
import dev.phyllo.linux.Linux;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cgroups of version 2: in a tree of ordinary files, and in the kernel's where it is mounted. */
class CgroupV2Test {
  @TempDir Path top;

  @BeforeEach
  void needLinux() {
    assumeTrue(Linux.isSupported(), "needs Linux on x86-64 or aarch64");
  }

  /** A tree in which this process is at {@code own}, with the files that a kernel would have. */
  private CgroupMounts tree(String own, String id) throws IOException {
    file("cgroup.procs", "");
    file("cgroup.controllers", "cpuset cpu io memory pids\n");
    file("cgroup.subtree_control", "");
    Path made = top.resolve("phyllo").resolve(id);
    Files.createDirectories(made);
    for (String name :
        List.of(
            "memory.max",
            "memory.low",
            "memory.swap.max",
            "cpu.weight",
            "cpu.max",
            "cpuset.cpus",
            "cpuset.mems",
            "pids.max",
            "io.weight",
            "cgroup.procs",
            "cgroup.freeze")) {
      Files.writeString(made.resolve(name), "");
    }
    return CgroupMounts.parse(
        "41 31 0:38 / " + top + " rw,relatime - cgroup2 cgroup2 rw\n", "0::" + own + "\n");
  }

  private void file(String name, String text) throws IOException {
    Files.writeString(top.resolve(name), text);
  }

  private String read(String id, String name) throws IOException {
    return Files.readString(top.resolve("phyllo").resolve(id).resolve(name));
  }

  @Test
  void limitsAreWrittenAsVersion2HasThem() throws IOException {
    CgroupLimits limits =
        new CgroupLimits(
            64 << 20, 96 << 20, 32 << 20, 1024, 50_000, 25_000, "0-1", "0", 100, 500, false,
            List.of());
    Cgroup cgroup = Cgroup.create(tree("/", "c1"), "c1", limits).orElseThrow();
    assertEquals("67108864", read("c1", "memory.max"));
    assertEquals(Long.toString(32 << 20), read("c1", "memory.swap.max"));
    assertEquals(Long.toString(32 << 20), read("c1", "memory.low"));
    assertEquals("39", read("c1", "cpu.weight"));
    assertEquals("25000 50000", read("c1", "cpu.max"));
    assertEquals("0-1", read("c1", "cpuset.cpus"));
    assertEquals("0", read("c1", "cpuset.mems"));
    assertEquals("100", read("c1", "pids.max"));
    assertEquals("4950", read("c1", "io.weight"));
    assertEquals("2:" + top + "/phyllo/c1", cgroup.place());
  }

  @Test
  void theWeightsRangeIsKept() {
    assertEquals(1, CgroupV2.weightOf(2));
    assertEquals(10_000, CgroupV2.weightOf(262_144));
    assertEquals(39, CgroupV2.weightOf(1024));
  }

  @Test
  void whatTheKernelCountedIsRead() throws IOException {
    CgroupMounts mounts = tree("/", "c2");
    Cgroup cgroup = Cgroup.create(mounts, "c2", CgroupLimits.NONE).orElseThrow();
    Path made = top.resolve("phyllo/c2");
    Files.writeString(made.resolve("memory.current"), "5000\n");
    Files.writeString(made.resolve("memory.stat"), "anon 100\ninactive_file 1000\n");
    Files.writeString(made.resolve("memory.max"), "max\n");
    Files.writeString(made.resolve("memory.events"), "low 0\noom 2\noom_kill 3\n");
    Files.writeString(made.resolve("cpu.stat"), "usage_usec 7\nuser_usec 5\n");
    Files.writeString(made.resolve("pids.current"), "4\n");
    Files.writeString(made.resolve("pids.max"), "9\n");
    Files.writeString(
        made.resolve("io.stat"),
        "254:0 rbytes=10 wbytes=20 rios=1 wios=1\n254:16 rbytes=1 wbytes=2 rios=1 wios=1\n");
    assertEquals(new CgroupStats(4000, Long.MAX_VALUE, 7000, 4, 9, 11, 22), cgroup.stats());
    assertEquals(3, cgroup.oomKills());
    Files.writeString(made.resolve("cgroup.procs"), "12\n13\n");
    assertEquals(List.of(12, 13), cgroup.pids());
    assertTrue(Cgroup.find(mounts, "c2").isPresent());
    assertTrue(Cgroup.find(mounts, "none").isEmpty());
  }

  @Test
  void aControllerThatIsNotDelegatedIsNamed() throws IOException {
    tree("/", "c3");
    Files.delete(top.resolve("phyllo/c3/memory.max"));
    CgroupLimits limits = new CgroupLimits(1 << 20, 0, 0, 0, 0, 0, "", "", 0, 0, false, List.of());
    UnsupportedException e =
        assertThrows(
            UnsupportedException.class, () -> CgroupV2.of(top + "/phyllo/c3").limit(limits));
    assertTrue(e.getMessage().contains("no memory controller"), e.getMessage());
  }

  @Test
  void whereThereAreNoCgroupsOnlyLimitsAreAnError() {
    CgroupMounts none = CgroupMounts.parse("", "");
    assertTrue(Cgroup.create(none, "c4", CgroupLimits.NONE).isEmpty());
    CgroupLimits limits = new CgroupLimits(1 << 20, 0, 0, 0, 0, 0, "", "", 0, 0, false, List.of());
    assertThrows(UnsupportedException.class, () -> Cgroup.create(none, "c4", limits));
  }

  @Test
  void mountsOfAllKindsAreUnderstood() {
    CgroupMounts mixed =
        CgroupMounts.parse(
            """
            31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 /outer /sys/fs/cgroup/memory rw shared:7 - cgroup cgroup rw,memory
            40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
            41 31 0:38 / /sys/fs/cgroup/a\\040b rw - cgroup2 cgroup2 rw
            """,
            """
            4:memory:/outer/inner
            1:cpu,cpuacct:/
            0::/here
            """);
    assertTrue(mixed.isVersion1());
    assertEquals("/sys/fs/cgroup/memory/inner", mixed.own("memory"));
    assertEquals("/sys/fs/cgroup/cpu,cpuacct", mixed.own("cpuacct"));
    assertEquals("/sys/fs/cgroup/a b/here", mixed.own2());
    CgroupMounts named =
        CgroupMounts.parse(
            "40 31 0:37 / /x rw - cgroup cgroup rw,name=systemd\n", "1:name=systemd:/");
    assertFalse(named.isVersion1());
  }

  /** The kernel's own tree, if one is mounted beside version 1 or alone. */
  private static CgroupMounts unified() {
    CgroupMounts all = CgroupMounts.current();
    assumeTrue(Ids.isRoot() && !all.version2().isEmpty(), "needs root and cgroups of version 2");
    assumeTrue(Files.isWritable(Path.of(all.version2())), "cannot make cgroups");
    return CgroupMounts.parse(
        "41 31 0:38 / " + all.version2() + " rw - cgroup2 cgroup2 rw\n", "0::/\n");
  }

  private interface Body {
    void with(Cgroup cgroup) throws Exception;
  }

  private static void inKernel(CgroupLimits limits, Body body) throws Exception {
    String id = "test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
    Cgroup cgroup = Cgroup.create(unified(), id, limits).orElseThrow();
    try {
      body.with(cgroup);
    } finally {
      cgroup.kill();
      cgroup.remove();
    }
  }

  @Test
  void aChildIsBornInTheKernelsCgroupFrozenThereAndKilled() throws Exception {
    inKernel(
        CgroupLimits.NONE,
        cgroup -> {
          try (Child child = CgroupV1Test.start(cgroup, "sleep 60 & wait")) {
            assertTrue(cgroup.pids().contains(child.pid()));
            cgroup.freeze();
            assertTrue(cgroup.isFrozen());
            cgroup.thaw();
            assertFalse(cgroup.isFrozen());
            cgroup.kill();
            assertEquals(137, child.waitFor().exitCode());
          }
        });
  }

  @Test
  void theKernelAsksOurProgramAboutDevices() throws Exception {
    List<DeviceRule> rules =
        List.of(
            new DeviceRule('c', DeviceRule.ANY, DeviceRule.ANY, "m"),
            new DeviceRule('c', 1, 3, "rwm"),
            new DeviceRule('c', 1, 5, "r"));
    inKernel(
        CgroupLimits.NONE.withDevices(rules),
        cgroup -> {
          String script =
              """
              : < /dev/null || exit 1
              : > /dev/null || exit 2
              : < /dev/zero || exit 3
              (: > /dev/zero) 2>/dev/null && exit 4
              (: < /dev/full) 2>/dev/null && exit 5
              exit 0
              """;
          try (Child child = CgroupV1Test.start(cgroup, script)) {
            assertEquals(0, child.waitFor().exitCode());
          }
        });
  }
}

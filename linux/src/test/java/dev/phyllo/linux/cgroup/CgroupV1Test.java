package dev.phyllo.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.linux.Child;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Ids;
import dev.phyllo.linux.Launcher;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.ProcessRecipes;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cgroups of version 1 on this machine. */
class CgroupV1Test {
  private final String id = "test-" + ProcessHandle.current().pid() + "-" + System.nanoTime();
  private final CgroupMounts mounts = CgroupMounts.current();

  @BeforeEach
  void needVersion1() {
    assumeTrue(Linux.isSupported() && Ids.isRoot(), "needs root");
    assumeTrue(mounts.isVersion1(), "needs cgroups of version 1");
    String own = mounts.own("freezer");
    assumeTrue(!own.isEmpty() && Files.isWritable(Path.of(own)), "cannot make cgroups");
  }

  @AfterEach
  void removeIt() {
    Cgroup.find(id)
        .ifPresent(cgroup -> {
          cgroup.kill();
          cgroup.remove();
        });
  }

  static Child start(Cgroup cgroup, String script) {
    List<Fd> held = new ArrayList<>();
    try {
      Plan.Builder plan = Plan.builder();
      ProcessRecipes.defaultSignals(plan);
      cgroup.join(plan, held);
      ProcessRecipes.closeOthers(plan);
      List<byte[]> args = new ArrayList<>();
      for (String word : List.of("sh", "-c", script)) {
        args.add(word.getBytes(StandardCharsets.UTF_8));
      }
      ProcessRecipes.exec(plan, "sh", "/bin:/usr/bin", args, List.of());
      return Launcher.launch(plan.build(), StepListener.NONE);
    } finally {
      for (Fd fd : held) {
        fd.close();
      }
    }
  }

  private Cgroup make(CgroupLimits limits) {
    return Cgroup.create(id, limits).orElseThrow();
  }

  private static CgroupLimits memory(long bytes) {
    return new CgroupLimits(bytes, bytes, 0, 0, 0, 0, "", "", 0, 0, false, List.of());
  }

  private static CgroupLimits pids(long most) {
    return new CgroupLimits(0, 0, 0, 0, 0, 0, "", "", most, 0, false, List.of());
  }

  @Test
  void aChildIsInTheCgroupOfEveryController() throws IOException {
    Cgroup cgroup = make(CgroupLimits.NONE);
    try (Child child = start(cgroup, "exec sleep 60")) {
      assertEquals(List.of(child.pid()), cgroup.pids());
      String groups = Files.readString(Path.of("/proc/" + child.pid() + "/cgroup"));
      for (String controller : List.of("memory", "pids", "freezer", "devices", "cpu")) {
        String line =
            groups
                .lines()
                .filter(
                    l -> l.contains(":" + controller + ":") || l.contains(":" + controller + ","))
                .findFirst()
                .orElse("");
        assertTrue(line.endsWith("/phyllo/" + id), controller + ": " + line);
      }
      cgroup.kill();
      child.waitFor();
    }
    cgroup.remove();
    assertTrue(Cgroup.find(id).isEmpty());
    cgroup.remove(); // again is no error
  }

  @Test
  void everyProcessIsFrozenAndGoesOn() throws Exception {
    Cgroup cgroup = make(CgroupLimits.NONE);
    Path count = Files.createTempFile("phyllo", "count");
    String script = "while :; do echo x >> " + count + "; sleep 0.01; done";
    try (Child child = start(cgroup, script)) {
      awaitGrowth(count);
      cgroup.freeze();
      assertTrue(cgroup.isFrozen());
      long size = Files.size(count);
      Thread.sleep(100);
      assertEquals(size, Files.size(count));
      cgroup.thaw();
      assertFalse(cgroup.isFrozen());
      awaitGrowth(count);
      cgroup.freeze();
      cgroup.kill(); // frozen ones too
      assertEquals(137, child.waitFor().exitCode());
    } finally {
      Files.delete(count);
    }
  }

  private static void awaitGrowth(Path file) throws Exception {
    long size = Files.size(file);
    for (int i = 0; i < 500 && Files.size(file) == size; i++) {
      Thread.sleep(10);
    }
    assertTrue(Files.size(file) > size);
  }

  @Test
  void killLeavesNoGrandchild() {
    Cgroup cgroup = make(CgroupLimits.NONE);
    try (Child child = start(cgroup, "setsid sleep 60 & setsid sleep 60 & wait")) {
      for (int i = 0; i < 200 && cgroup.pids().size() < 3; i++) {
        Cgroup.sleep(10);
      }
      assertEquals(3, cgroup.pids().size());
      assertThrows(SystemException.class, cgroup::remove);
      // The child is a zombie until it is waited for, and as such in no cgroup any more.
      cgroup.kill();
      assertEquals(137, child.waitFor().exitCode());
    }
    assertEquals(List.of(), cgroup.pids());
  }

  @Test
  void whoNeedsMoreMemoryThanAllowedIsKilledAndCounted() {
    assumeTrue(!mounts.own("memory").isEmpty(), "needs the memory controller");
    Cgroup cgroup = make(memory(16 << 20));
    assertEquals(16 << 20, cgroup.stats().memoryLimitBytes());
    try (Child child = start(cgroup, "x=$(head -c 40000000 /dev/zero | tr '\\0' x); echo ${#x}")) {
      assertTrue(child.waitFor().exitCode() != 0);
    }
    assertTrue(cgroup.oomKills() > 0);
  }

  @Test
  void noMoreProcessesThanAllowedAreMade() {
    assumeTrue(!mounts.own("pids").isEmpty(), "needs the pids controller");
    Cgroup cgroup = make(pids(2));
    try (Child child = start(cgroup, "sleep 0.01 & sleep 0.01 & sleep 0.01; wait")) {
      assertTrue(child.waitFor().exitCode() != 0);
    }
    assertEquals(2, cgroup.stats().pidsLimit());
  }

  @Test
  void aLimitThatTheKernelRefusesLeavesNoCgroup() {
    CgroupLimits bad = new CgroupLimits(0, 0, 0, 0, 0, 0, "4000-4001", "", 0, 0, false, List.of());
    assumeTrue(!mounts.own("cpuset").isEmpty(), "needs the cpuset controller");
    SystemException e = assertThrows(SystemException.class, () -> make(bad));
    assertTrue(e.getMessage().contains("--cpuset-cpus 4000-4001"), e.getMessage());
    assertTrue(Cgroup.find(id).isEmpty());
  }

  @Test
  void aCpusetHoldsItsProcesses() {
    assumeTrue(!mounts.own("cpuset").isEmpty(), "needs the cpuset controller");
    Cgroup cgroup = make(new CgroupLimits(0, 0, 0, 512, 0, 0, "0", "", 0, 0, false, List.of()));
    try (Child child =
        start(cgroup, "grep -q '^Cpus_allowed_list:[[:space:]]*0$' /proc/self/status")) {
      assertEquals(0, child.waitFor().exitCode());
    }
  }

  @Test
  void devicesThatAreNotListedCannotBeOpened() {
    assumeTrue(!mounts.own("devices").isEmpty(), "needs the devices controller");
    Cgroup cgroup = make(CgroupLimits.NONE.withDevices(List.of(new DeviceRule('c', 1, 3, "rwm"))));
    try (Child child = start(cgroup, ": < /dev/null && ! (: < /dev/zero)")) {
      assertEquals(0, child.waitFor().exitCode());
    }
  }

  @Test
  void itIsFoundByWhatItsPlaceSays() {
    Cgroup cgroup = make(CgroupLimits.NONE);
    Cgroup again = Cgroup.at(cgroup.place());
    try (Child child = start(cgroup, "exec sleep 60")) {
      assertEquals(List.of(child.pid()), again.pids());
      assertTrue(again.stats().pids() >= 1);
      again.kill();
      child.waitFor();
    }
    again.remove();
    assertTrue(Cgroup.find(id).isEmpty());
  }
}

package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What containers may ask of the kernel, and how much they may use. */
class ConfinementTest {
  @TempDir static Path dir;
  private static Box box;

  @BeforeAll
  static void load() throws Exception {
    box = Box.make(dir);
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    box.assertNothingIsLeft();
  }

  @Test
  void byDefaultCallsThatConcernTheMachineAreRefused() throws Exception {
    Result r =
        box.run(
            "grep Seccomp: /proc/self/status; busybox unshare -m true; mkdir /m;"
                + " mount -t tmpfs x /m; busybox swapoff -a; busybox date -s 2020-01-01;"
                + " chroot / true && echo chroot");
    assertTrue(r.out().startsWith("Seccomp:\t2\n"), r.out());
    assertTrue(r.out().endsWith("chroot\n"), r.out() + r.err());
    assertTrue(r.err().contains("unshare(0x20000): Operation not permitted"), r.err());
    assertTrue(r.err().contains("Operation not permitted"), r.err());
  }

  @Test
  void withSysAdminMountsCanBeMadeAndWithoutAFilterAllIsAskedOfTheCapabilities() throws Exception {
    assertEquals(
        "made\n",
        box.output("mkdir /m; mount -t tmpfs x /m && echo made", "--cap-add", "SYS_ADMIN"));
    String unconfined =
        box.output("grep Seccomp: /proc/self/status", "--security-opt", "seccomp=unconfined");
    assertEquals("Seccomp:\t0\n", unconfined);
  }

  @Test
  void aProfileOfTheUsersDecidesInPlaceOfOurs() throws Exception {
    Path profile = dir.resolve("profile.json");
    Files.writeString(
        profile,
        """
        {"defaultAction":"SCMP_ACT_ALLOW","syscalls":[
          {"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}
        """);
    Result r = box.run("mkdir /x", "--security-opt", "seccomp=" + profile);
    assertTrue(r.err().contains("Operation not supported"), r.err());
    Files.writeString(profile, "{\"defaultAction\":\"SCMP_ACT_MAYBE\"}");
    Result bad = box.run("true", "--security-opt", "seccomp=" + profile);
    assertEquals(125, bad.status());
    assertTrue(bad.err().contains("SCMP_ACT_MAYBE"), bad.err());
  }

  @Test
  void noNewPrivilegesFiltersTooWhoeverTheUserIs() throws Exception {
    String status =
        box.output(
            "grep -e NoNewPrivs: -e Seccomp: -e CapEff: -e CapBnd: /proc/self/status",
            "--security-opt",
            "no-new-privileges",
            "-u",
            "app");
    assertEquals(
        "CapEff:\t0000000000000000\nCapBnd:\t00000000a80425fb\nNoNewPrivs:\t1\nSeccomp:\t2\n",
        status);
  }

  @Test
  void aPrivilegedContainerHidesNothing() throws Exception {
    String out =
        box.output(
            "grep Seccomp: /proc/self/status; grep -c ' /proc/' /proc/self/mountinfo;"
                + " mkdir /m && mount -t tmpfs x /m && echo mounted; touch /sys/fs/cgroup/x;"
                + " : > /proc/sys/kernel/hostname && echo writable; ls /dev | wc -l",
            "--privileged");
    assertTrue(out.startsWith("Seccomp:\t0\n0\nmounted\nwritable\n"), out);
    try (Stream<Path> nodes = Files.list(Path.of("/dev"))) {
      assumeTrue(nodes.count() > 20, "the host has few devices");
    }
    assertTrue(Integer.parseInt(out.substring(out.indexOf("writable\n") + 9).strip()) > 20, out);
  }

  @Test
  void aDeviceThatIsGivenIsThereAndOpensAndNoOther() throws Exception {
    assumeTrue(Files.exists(Path.of("/dev/fuse")), "needs /dev/fuse");
    assertEquals("opened\n", box.output(": < /dev/fuse && echo opened", "--device", "/dev/fuse"));
    assertEquals(
        "opened\n",
        box.output(
            ": < /dev/other/name && echo opened", "--device", "/dev/fuse:/dev/other/name:r"));
    assertEquals(
        "opened\n",
        box.output(
            "busybox mknod /f c 10 229; : < /f && echo opened",
            "--device-cgroup-rule",
            "c 10:229 rwm"));
    Result none = box.run("true", "--device", "/dev/nosuch");
    assertEquals(125, none.status());
    assertTrue(none.err().contains("/dev/nosuch"), none.err());
  }

  @Test
  void groupsAreAddedByNameAndNumber() throws Exception {
    assertEquals(
        "1000 1001 10 77\n",
        box.output(
            "echo $(id -u) $(id -G)", "-u", "app", "--group-add", "wheel", "--group-add", "77"));
    assertNotEquals(0, box.run("true", "--group-add", "nosuch").status());
  }

  @Test
  void limitsHoldAndAreSeenInside() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/memory/memory.limit_in_bytes")), "needs cgroup v1");
    String out =
        box.output(
            "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us"
                + " cpu/cpu.shares /proc/self/oom_score_adj; ulimit -n; ulimit -Hn;"
                + " busybox df -m /dev/shm | busybox awk 'END{print $2}'",
            "-m",
            "64m",
            "--pids-limit",
            "50",
            "--cpus",
            "0.5",
            "-c",
            "512",
            "--oom-score-adj",
            "100",
            "--ulimit",
            "nofile=100:200",
            "--shm-size",
            "3m");
    assertEquals("67108864\n50\n50000\n512\n100\n100\n200\n3\n", out);
  }

  @Test
  void whoExceedsItsMemoryIsKilled() throws Exception {
    assumeTrue(Files.exists(Path.of("/sys/fs/cgroup")), "needs cgroups");
    Result r =
        box.run(
            "x=$(busybox head -c 60000000 /dev/zero | busybox tr '\\0' x); echo ${#x}",
            "-m",
            "20m");
    assertEquals(137, r.status(), r.out() + r.err());
  }

  @Test
  void aLimitAboveOurOwnIsAsHighAsMayBe() throws Exception {
    Result r = box.run("ulimit -Hn", "--ulimit", "nofile=1073741816");
    assertEquals(0, r.status(), r.err());
    assertTrue(Long.parseLong(r.out().strip()) > 100, r.out());
  }

  @Test
  void optionsThatMakeNoSenseAreRefusedByName() throws Exception {
    String[][] bad = {
      {"-m", "1"},
      {"-m", "lots"},
      {"--cpus", "0"},
      {"--cpuset-cpus", "a"},
      {"--ulimit", "nofile"},
      {"--ulimit", "nosuch=1"},
      {"--ulimit", "nofile=5:4"},
      {"--memory-swap", "10m"},
      {"--oom-score-adj", "2000"},
      {"--shm-size", "0"},
      {"--device", "fuse"},
      {"--device-cgroup-rule", "x"},
      {"--security-opt", "nosuch"},
      {"--cap-add", "NOSUCH"},
    };
    for (String[] option : bad) {
      Result r = box.run("true", option);
      assertNotEquals(0, r.status(), String.join(" ", option));
      String name = option[0].equals("-m") ? "--memory" : option[0];
      assertTrue(r.err().startsWith("phyllo: " + name), r.err());
    }
  }

  @Test
  void anInitIsTheFirstProcessAndPassesTheStatusOn() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/usr/bin/catatonit"))
            || Files.exists(Path.of("/usr/bin/tini-static")),
        "needs the package catatonit or tini");
    Result r = box.run("busybox basename $(readlink /proc/1/exe); exit 7", "--init");
    assertEquals(7, r.status(), r.err());
    assertEquals("docker-init\n", r.out());
    Result made =
        box.phyllo.run("create", "--init", "--name", "init", "--network", "none", "box:1", "true");
    assertEquals(0, made.status(), made.err());
    // What is asked for is shown, and not how it comes about.
    assertEquals(
        "true [] true 0\n",
        box.phyllo
            .run(
                "inspect",
                "--format",
                "{{.Path}} {{.Args}} {{.HostConfig.Init}} {{len .Mounts}}",
                "init")
            .out());
    assertTrue(box.phyllo.run("ps", "-a").out().contains("\"true\""));
    assertEquals(0, box.phyllo.run("rm", "init").status());
  }
}

package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same program in our container and in one of runc with what docker would tell runc: what it
 * sees of itself is the same, except for what is listed here, each with its reason.
 */
class ProbeTest {
  private static final String PROBE =
      """
      grep -e ^Cap -e ^NoNewPrivs -e ^Uid -e ^Gid -e ^Groups -e ^Umask -e ^SigBlk -e ^SigIgn \\
        -e ^SigCgt -e ^Seccomp: /proc/self/status
      cat /proc/self/limits
      busybox stat -c 'dev %n %A %t:%T' /dev/*
      while read id parent dev root point options rest; do
        echo "mount $point $options ${rest#*- }"
      done < /proc/self/mountinfo
      env
      hostname
      pwd
      for n in mnt pid uts ipc net cgroup user; do
        echo "namespace $n $(readlink /proc/self/ns/$n)"
      done
      for p in /proc/[0-9]*; do read name < $p/comm; echo "process $name"; done
      """;

  /** What only ours has. */
  private static final Set<String> OURS =
      Set.of(
          // Unless --security-opt says otherwise; the bundle here has no filter.
          "Seccomp:\t2",
          // With runc none are set at all, and so what runc was started with is left.
          "Groups:\t0 ",
          // runc leaves ignored what was ignored when it was started.
          "SigIgn:\t0000000000000000",
          // Docker adds this link; runc itself does not.
          "dev /dev/core lrwxrwxrwx 0:0",
          // Nothing opens devices but the nodes that are covered by themselves.
          "mount / rw,nodev,relatime overlay",
          "mount /dev rw,nosuid,nodev tmpfs",
          "mount /dev/full rw,nosuid tmpfs",
          "mount /dev/null rw,nosuid tmpfs",
          "mount /dev/random rw,nosuid tmpfs",
          "mount /dev/tty rw,nosuid tmpfs",
          "mount /dev/urandom rw,nosuid tmpfs",
          "mount /dev/zero rw,nosuid tmpfs",
          // Docker would mount these; the bundle here does not ask for them.
          "mount /etc/hostname rw,nodev,relatime ext4",
          "mount /etc/hosts rw,nodev,relatime ext4",
          "mount /etc/resolv.conf rw,nodev,relatime ext4",
          // What masks a directory can hold neither programs nor devices.
          "mount /proc/acpi ro,nosuid,nodev,noexec,relatime tmpfs",
          "mount /proc/asound ro,nosuid,nodev,noexec,relatime tmpfs",
          "mount /proc/scsi ro,nosuid,nodev,noexec,relatime tmpfs",
          "mount /sys/firmware ro,nosuid,nodev,noexec,relatime tmpfs",
          "mount /sys/devices/virtual/powercap ro,nosuid,nodev,noexec,relatime tmpfs",
          // runc leaves the directory above the hierarchies writable.
          "mount /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime tmpfs");

  /** What only runc's has. */
  private static final Set<String> RUNCS =
      Set.of(
          "Seccomp:\t0",
          "Groups:\t ",
          "mount / rw,relatime ext4",
          "mount /dev rw,nosuid tmpfs",
          "mount /proc/acpi ro,relatime tmpfs",
          "mount /proc/asound ro,relatime tmpfs",
          "mount /proc/scsi ro,relatime tmpfs",
          "mount /sys/firmware ro,relatime tmpfs",
          "mount /sys/devices/virtual/powercap ro,relatime tmpfs",
          "mount /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime tmpfs",
          // Hierarchies in which a container of ours gets no cgroup unless it is asked for.
          "mount /sys/fs/cgroup/cpuset ro,nosuid,nodev,noexec,relatime cgroup",
          "mount /sys/fs/cgroup/systemd ro,nosuid,nodev,noexec,relatime cgroup");

  @TempDir Path dir;

  @Test
  void aProgramSeesWhatItSeesInRuncExceptForWhatIsListed() throws Exception {
    assumeTrue(
        Files.exists(Path.of("/sys/fs/cgroup/memory")), "the lists are those of cgroup version 1");
    Box box = Box.make(dir);
    String theirs = runc();
    Path probe = Files.writeString(dir.resolve("probe"), PROBE);
    Result result =
        box.phyllo.run(
            "run",
            "--rm",
            "--hostname",
            "probe",
            "-e",
            "PATH=/bin",
            "-v",
            probe + ":/probe:ro",
            "box:1",
            "sh",
            "/probe");
    assertEquals(0, result.status(), result.err());
    Set<String> ours = normal(result.out());
    ours.removeIf(line -> line.startsWith("mount /probe "));
    Set<String> other = normal(theirs);
    Set<String> onlyOurs = new TreeSet<>(ours);
    onlyOurs.removeAll(other);
    onlyOurs.removeAll(OURS);
    Set<String> onlyTheirs = new TreeSet<>(other);
    onlyTheirs.removeAll(ours);
    onlyTheirs.removeAll(RUNCS);
    onlyTheirs.removeIf(line -> line.startsWith("SigIgn:"));
    assertEquals(Set.of(), onlyOurs, "seen in ours and not in runc's");
    assertEquals(Set.of(), onlyTheirs, "seen in runc's and not in ours");
    box.assertNothingIsLeft();
  }

  /** Lines without what differs from run to run; namespaces as "own" or "the host's". */
  private static Set<String> normal(String text) throws IOException {
    Set<String> lines = new TreeSet<>();
    for (String line : text.lines().toList()) {
      if (line.startsWith("mount ")) {
        String[] w = line.split(" ", -1);
        String type = w[1].equals("/") || w[1].startsWith("/etc/") ? fileSystem(w[3]) : w[3];
        lines.add(w[0] + " " + w[1] + " " + w[2] + " " + type);
      } else if (line.startsWith("namespace ")) {
        String[] w = line.split(" ", -1);
        String host = Files.readSymbolicLink(Path.of("/proc/self/ns", w[1])).toString();
        lines.add(w[0] + " " + w[1] + (w[2].equals(host) ? " the host's" : " own"));
      } else if (!line.startsWith("HOSTNAME=")) {
        lines.add(line);
      }
    }
    return lines;
  }

  /** Whatever the machine's disks have. */
  private static String fileSystem(String type) {
    return type.equals("overlay") ? type : "ext4";
  }

  private String runc() throws Exception {
    Path runc = Path.of("/usr/sbin/runc");
    assumeTrue(Files.isExecutable(runc), "needs the package runc");
    Path bundle = Files.createDirectories(dir.resolve("bundle"));
    Path bin = Files.createDirectories(bundle.resolve("rootfs/bin"));
    Files.copy(BusyboxImage.busybox(), bin.resolve("busybox"));
    for (String applet : List.of("sh", "cat", "grep", "env", "hostname", "readlink")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    for (String mountPoint : List.of("proc", "sys", "dev")) {
      Files.createDirectory(bundle.resolve("rootfs").resolve(mountPoint));
    }
    Files.writeString(bundle.resolve("rootfs/probe"), PROBE);
    String id = "phyllo-probe-" + ProcessHandle.current().pid();
    Files.writeString(bundle.resolve("config.json"), CONFIG.replace("CGROUP", id));
    Process process =
        new ProcessBuilder(
                runc.toString(),
                "--root",
                dir.resolve("runc").toString(),
                "run",
                "-b",
                bundle.toString(),
                id)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(dir.resolve("runc.out").toFile())
            .start();
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    String text = Files.readString(dir.resolve("runc.out"), StandardCharsets.UTF_8);
    assumeTrue(process.waitFor() == 0, "runc does not run here: " + text);
    return text;
  }

  private static final String CAPABILITIES =
      "[\"CAP_CHOWN\",\"CAP_DAC_OVERRIDE\",\"CAP_FOWNER\",\"CAP_FSETID\",\"CAP_KILL\","
          + "\"CAP_SETGID\",\"CAP_SETUID\",\"CAP_SETPCAP\",\"CAP_NET_BIND_SERVICE\",\"CAP_NET_RAW\","
          + "\"CAP_SYS_CHROOT\",\"CAP_MKNOD\",\"CAP_AUDIT_WRITE\",\"CAP_SETFCAP\"]";

  private static final String CONFIG =
      """
      {"ociVersion":"1.0.2","hostname":"probe","root":{"path":"rootfs"},
       "process":{"terminal":false,"user":{"uid":0,"gid":0},"args":["sh","/probe"],"cwd":"/",
        "env":["PATH=/bin","HOSTNAME=probe","HOME=/root"],
        "capabilities":{"bounding":CAPS,"effective":CAPS,"permitted":CAPS}},
       "mounts":[
        {"destination":"/proc","type":"proc","source":"proc",
         "options":["nosuid","noexec","nodev"]},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs",
         "options":["nosuid","strictatime","mode=755","size=65536k"]},
        {"destination":"/dev/pts","type":"devpts","source":"devpts",
         "options":["nosuid","noexec","newinstance","ptmxmode=0666","mode=0620","gid=5"]},
        {"destination":"/sys","type":"sysfs","source":"sysfs",
         "options":["nosuid","noexec","nodev","ro"]},
        {"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup",
         "options":["ro","nosuid","noexec","nodev"]},
        {"destination":"/dev/mqueue","type":"mqueue","source":"mqueue",
         "options":["nosuid","noexec","nodev"]},
        {"destination":"/dev/shm","type":"tmpfs","source":"shm",
         "options":["nosuid","noexec","nodev","mode=1777","size=65536k"]}],
       "linux":{"cgroupsPath":"/CGROUP",
        "namespaces":[{"type":"mount"},{"type":"pid"},{"type":"uts"},{"type":"ipc"},
         {"type":"network"},{"type":"cgroup"}],
        "resources":{"devices":[{"allow":false,"access":"rwm"}]},
        "maskedPaths":["/proc/asound","/proc/acpi","/proc/interrupts","/proc/kcore","/proc/keys",
         "/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug",
         "/proc/scsi","/sys/firmware","/sys/devices/virtual/powercap"],
        "readonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]}}
      """
          .replace("CAPS", CAPABILITIES);
}

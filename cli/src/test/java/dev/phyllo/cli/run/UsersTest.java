package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers with users of their own, whose root is nobody on the host. */
class UsersTest {
  @TempDir static Path dir;
  private static Box box;

  @BeforeAll
  static void load() throws Exception {
    box = Box.make(dir);
    Result tried = box.run("true", "--user-ns", "auto");
    assumeFalse(
        tried.status() == 125 && tried.err().contains("cannot show owners mapped"),
        "this kernel or file system maps no owners: " + tried.err());
  }

  @AfterAll
  static void noSupervisorStays() {
    if (box != null) {
      box.phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static String inspected(String name, String template) throws Exception {
    Result r = box.phyllo.run("inspect", name, "--format", template);
    assertEquals(0, r.status(), r.err());
    return r.out().strip();
  }

  private static void ok(String... words) throws Exception {
    Result r = box.phyllo.run(words);
    assertEquals(0, r.status(), String.join(" ", words) + ": " + r.err());
  }

  private static long owner(Path file) throws Exception {
    return ((Number) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue();
  }

  @Test
  void allNamespacesBelongToAMappingThatIsSeenInside() throws Exception {
    String out =
        box.output(
            "cat /proc/self/uid_map /proc/self/gid_map; id -u; for n in user mnt pid uts ipc net"
                + " cgroup; do readlink /proc/self/ns/$n; done; busybox hostname other && hostname",
            "--uidmap",
            "0:200000:1000",
            "--uidmap",
            "1000:300000:1",
            "--gidmap",
            "0:400000:2000",
            "--cap-add",
            "SYS_ADMIN");
    List<String> lines = out.lines().map(l -> l.strip().replaceAll(" +", " ")).toList();
    assertEquals(
        List.of("0 200000 1000", "1000 300000 1", "0 400000 2000", "0"), lines.subList(0, 4));
    for (String name : lines.subList(4, 11)) {
      Path own = Path.of("/proc/self/ns", name.substring(0, name.indexOf(':')));
      assertNotEquals(Files.readSymbolicLink(own).toString(), name);
    }
    assertEquals("other", lines.get(11));
  }

  @Test
  void anImagesFilesAndNewOnesBelongToTheirInsideOwnersAndOnlySoOnDisk() throws Exception {
    ok(
        "run",
        "-d",
        "--name",
        "files",
        "--user-ns",
        "auto",
        "box:1",
        "sh",
        "-c",
        "touch /made && busybox chown 7:8 /made && echo x >> /data/config.txt && sleep 600");
    try {
      await("files", "test -s /data/config.txt && grep -q x /data/config.txt");
      Result seen =
          box.phyllo.run(
              "exec",
              "files",
              "busybox",
              "stat",
              "-c",
              "%n %u:%g",
              "/bin/busybox",
              "/made",
              "/data/config.txt",
              "/etc/hosts",
              "/dev/shm");
      assertEquals(
          "/bin/busybox 0:0\n/made 7:8\n/data/config.txt 0:0\n/etc/hosts 0:0\n/dev/shm 0:0\n",
          seen.out(),
          seen.err());
      long first =
          Long.parseLong(
              inspected("files", "{{index .HostConfig.IDMappings.UidMap 0}}").split(":", -1)[1]);
      assertTrue(first > 0);
      Path root = Path.of("/proc", inspected("files", "{{.State.Pid}}"), "root");
      assertEquals(first + 7, owner(root.resolve("made")));
      assertEquals(first, owner(root.resolve("bin/busybox")));
      Path upper = Path.of(inspected("files", "{{.GraphDriver.Data.UpperDir}}"));
      assertEquals(7, owner(upper.resolve("made")));
      assertEquals(0, owner(upper.resolve("data/config.txt")));
      Path lower = Path.of(inspected("files", "{{.GraphDriver.Data.LowerDir}}"));
      assertEquals(0, owner(lower.resolve("bin/busybox")));
      assertEquals("of the image\n", Files.readString(lower.resolve("data/config.txt")));
    } finally {
      ok("rm", "-f", "files");
    }
  }

  private static void await(String name, String condition) throws Exception {
    for (int i = 0; i < 100; i++) {
      if (box.phyllo.run("exec", name, "sh", "-c", condition).status() == 0) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("never so: " + condition);
  }

  @Test
  void rootInsideHasNoPowerOverFilesOfTheHost() throws Exception {
    Path host = Files.createDirectories(dir.resolve("host"));
    Files.writeString(host.resolve("secret"), "secret\n");
    Files.setPosixFilePermissions(
        host.resolve("secret"), PosixFilePermissions.fromString("rw-------"));
    Files.writeString(host.resolve("public"), "public\n");
    String script =
        "cat /h/secret; echo x > /h/secret; echo x > /h/new; busybox chmod 666 /h/public;"
            + " busybox rm -f /h/public; busybox chown 0 /h/public; cat /h/public";
    Result r = box.run(script, "--user-ns", "auto", "-v", host + ":/h");
    assertEquals("public\n", r.out());
    assertEquals(List.of("public", "secret"), names(host));
    assertEquals("secret\n", Files.readString(host.resolve("secret")));
    // Not even with every capability there is.
    Result privileged = box.run(script, "--user-ns", "auto", "--privileged", "-v", host + ":/h");
    assertEquals("public\n", privileged.out());
    assertEquals("secret\n", Files.readString(host.resolve("secret")));
    // With idmap its owners are those on disk, and then it may.
    String mapped =
        box.output(
            "cat /h/secret; echo 1 > /h/new; busybox stat -c %u /h/new",
            "--user-ns", "auto", "-v", host + ":/h:idmap");
    assertEquals("secret\n0\n", mapped);
    assertEquals(0, owner(host.resolve("new")));
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> list = Files.list(directory)) {
      return list.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void noSetuidProgramMountDeviceOrSettingOfTheMachineIsItsOwn() throws Exception {
    String hostName = Files.readString(Path.of("/proc/sys/kernel/hostname"));
    Result r =
        box.run(
            "busybox mknod /null c 1 3 && echo device; mount -t ext4 /dev/vda /data && echo mounted;"
                + " echo 1 > /proc/sys/kernel/panic && echo set; busybox chmod 600 /dev/null && echo"
                + " mode; busybox cp /bin/busybox /su; busybox chmod 4755 /su; busybox stat -c %a"
                + " /su; echo end",
            "--user-ns", "auto", "--privileged");
    assertEquals("4755\nend\n", r.out(), r.err());
    assertEquals(hostName, Files.readString(Path.of("/proc/sys/kernel/hostname")));
    assertEquals(
        "rw-rw-rw-",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of("/dev/null"))));
  }

  @Test
  void containersNeverShareARangeUnlessAskedAndKeepItUntilTheyAreRemoved() throws Exception {
    List<String> maps = new ArrayList<>();
    for (String name : List.of("one", "two")) {
      ok("create", "--name", name, "--user-ns", "auto", "box:1", "cat", "/proc/self/uid_map");
      Result r = box.phyllo.run("start", "-a", name);
      assertEquals(0, r.status(), r.err());
      maps.add(r.out());
    }
    assertNotEquals(maps.get(0), maps.get(1));
    assertEquals(maps.get(0), box.phyllo.run("start", "-a", "one").out());
    ok("rm", "one", "two");
    assertEquals(maps.get(0), box.output("cat /proc/self/uid_map", "--userns", "auto"));
  }

  @Test
  void execHasItsUsersItsCapabilitiesAndItsTerminal() throws Exception {
    ok("run", "-d", "--name", "more", "--user-ns", "auto", "box:1", "sleep", "600");
    try {
      String probe = "id; readlink /proc/self/ns/user; grep -e ^Cap -e ^Seccomp: /proc/self/status";
      String first = box.phyllo.run("exec", "more", "sh", "-c", probe).out();
      assertTrue(
          first.contains("uid=0 gid=0") || first.startsWith("uid=0(root) gid=0(root)"), first);
      Path own = Path.of("/proc", inspected("more", "{{.State.Pid}}"), "ns/user");
      assertTrue(first.contains(Files.readSymbolicLink(own).toString()), first);
      assertTrue(first.contains("CapEff:\t00000000a80425fb"), first);
      assertTrue(first.contains("Seccomp:\t2"), first);
      String user = box.phyllo.run("exec", "-u", "app", "more", "id").out();
      assertEquals("uid=1000(app) gid=1001(app) groups=10(wheel),1001(app)", user.strip());
      Result nobody = box.phyllo.run("exec", "-u", "70000", "more", "id");
      assertEquals(125, nobody.status());
      assertTrue(nobody.err().contains("map that id as well"), nobody.err());
      Result tty =
          box.phyllo.run(
              "exec", "-t", "more", "busybox", "stat", "-Lc", "%u:%g", "/proc/self/fd/0");
      assertTrue(tty.out().contains("0:5"), tty.out() + tty.err());
    } finally {
      ok("rm", "-f", "more");
    }
  }

  @Test
  void cpGoesBothWaysWithTheOwnersInside() throws Exception {
    ok("run", "-d", "--name", "copied", "--user-ns", "auto", "box:1", "sleep", "600");
    try {
      Path in = Files.writeString(dir.resolve("in"), "in\n");
      Files.setAttribute(in, "unix:uid", 1000);
      ok("cp", in.toString(), "copied:/plain");
      ok("cp", "-a", in.toString(), "copied:/kept");
      Result r = box.phyllo.run("exec", "copied", "busybox", "stat", "-c", "%u", "/plain", "/kept");
      assertEquals("0\n1000\n", r.out(), r.err());
      ok("cp", "-a", "copied:/kept", dir.resolve("out").toString());
      assertEquals(1000, owner(dir.resolve("out")));
      Files.setAttribute(in, "unix:uid", 70000);
      Result none = box.phyllo.run("cp", "-a", in.toString(), "copied:/none");
      assertEquals(1, none.status());
      assertTrue(none.err().contains("belongs to 70000"), none.err());
      ok("stop", "-t", "0", "copied");
      ok("cp", dir.resolve("out").toString(), "copied:/stopped");
      ok("start", "copied");
      Result all =
          box.phyllo.run("exec", "copied", "busybox", "stat", "-c", "%u", "/kept", "/stopped");
      assertEquals("1000\n0\n", all.out(), all.err());
    } finally {
      ok("rm", "-f", "copied");
    }
  }

  @Test
  void commitAndDiffGiveWhatTheyGiveWithoutUsersOfItsOwn() throws Exception {
    String script =
        "busybox mkdir /d && echo 1 > /d/f && busybox chown 5:6 /d/f && busybox rm /data/config.txt"
            + " && busybox chmod 4755 /bin/busybox && busybox touch -d @1000000000 /d/f /d /data"
            + " /bin/busybox /bin";
    List<String> layers = new ArrayList<>();
    List<String> changes = new ArrayList<>();
    for (List<String> users : List.of(List.<String>of(), List.of("--user-ns", "auto"))) {
      List<String> words = new ArrayList<>(List.of("run", "--name", "changed"));
      words.addAll(users);
      words.addAll(List.of("box:1", "sh", "-c", script));
      ok(words.toArray(String[]::new));
      changes.add(box.phyllo.run("diff", "changed").out());
      ok("commit", "changed", "changed:1");
      layers.add(inspected("changed:1", "{{json .RootFS.Layers}}"));
      ok("rm", "changed");
      ok("rmi", "changed:1");
    }
    assertTrue(changes.get(0).contains("A /d/f"), changes.get(0));
    assertEquals(changes.get(0), changes.get(1));
    assertEquals(layers.get(0), layers.get(1));
  }

  @Test
  void namedVolumesAreSharedWhateverTheIdsAndFilledFromTheImage() throws Exception {
    String first =
        box.output(
            "echo 1 > /data/one; busybox chown 3 /data/one; cat /data/config.txt",
            "--user-ns",
            "auto",
            "-v",
            "shared:/data");
    assertEquals("of the image\n", first);
    String stat = "busybox stat -c %n:%u /data/one /data/config.txt";
    String expected = "/data/one:3\n/data/config.txt:0\n";
    assertEquals(expected, box.output(stat, "-v", "shared:/data"));
    assertEquals(expected, box.output(stat, "--uidmap", "0:500000:65536", "-v", "shared:/data"));
    assertEquals(
        "4:0\n",
        box.output("busybox stat -c %u:%g /t", "--user-ns", "auto", "--tmpfs", "/t:uid=4"));
    ok("volume", "rm", "shared");
  }

  @Test
  void whatCannotWorkIsSaidWithItsRemedy() throws Exception {
    for (List<String> wrong :
        List.of(
            List.of("no such user namespace", "--user-ns", "mine"),
            List.of("root inside is you", "--user-ns", "keep-id"),
            List.of("maps no id 0", "--uidmap", "1:100000:10"),
            List.of("overlaps", "--uidmap", "0:100000:10", "--uidmap", "5:200000:10"),
            List.of("not INSIDE:OUTSIDE:COUNT", "--uidmap", "0:1"),
            List.of("not INSIDE:OUTSIDE:COUNT", "--uidmap", "0:4294967290:100"),
            List.of("leave one out", "--user-ns", "auto", "--uidmap", "0:1:1"),
            List.of("map that id as well", "--uidmap", "0:100000:10", "-u", "10"),
            List.of("map it as well", "--uidmap", "0:100000:10", "--group-add", "44"))) {
      Result r = box.run("true", wrong.subList(1, wrong.size()).toArray(String[]::new));
      assertNotEquals(0, r.status());
      assertTrue(r.err().contains(wrong.getFirst()), r.err());
    }
    box.assertNothingIsLeft();
  }

  @Test
  void theHostsNetworkIsSharedWithItsSysfsReadOnly() throws Exception {
    Result r =
        box.run(
            "ls /sys/class/net; touch /sys/x; mount -t sysfs x /data && echo mounted",
            "--user-ns",
            "auto",
            "--network",
            "host",
            "--cap-add",
            "SYS_ADMIN");
    assertTrue(r.out().contains("lo"), r.out() + r.err());
    assertFalse(r.out().contains("mounted"), r.out());
  }
}

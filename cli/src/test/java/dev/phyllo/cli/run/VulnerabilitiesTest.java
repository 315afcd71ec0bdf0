package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One test for each published way out of containers that might have been ours, too. */
class VulnerabilitiesTest {
  private static final String CORE_PATTERN = "/proc/sys/kernel/core_pattern";

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

  /**
   * CVE-2019-5736: an image's command, or the interpreter of its script, was {@code
   * /proc/self/exe}, and so the runtime's own program, which the container could then overwrite.
   * Here that is a program in sealed memory, which ends at once when it is started a second time.
   */
  @Test
  void cve_2019_5736_theProgramBehindProcSelfExeIsNotTheEngines() throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    var before = Files.getLastModifiedTime(java);
    assertEquals(127, box.phyllo.run("run", "--rm", "box:1", "/proc/self/exe").status());
    box.load(
        "evil:5736",
        new BusyboxImage().file("evil", "#!/proc/self/exe\n"),
        "{\"Cmd\":[\"/evil\"]}");
    Result asScript =
        box.runIn("evil:5736", "busybox chmod 755 /evil; /evil -version; echo it was $?");
    assertFalse((asScript.out() + asScript.err()).contains("openjdk"), asScript.err());
    assertEquals(before, Files.getLastModifiedTime(java));
    // No descriptor of it is left to be found either.
    assertEquals("", box.output("ls -l /proc/*/exe /proc/*/fd 2>&1 | grep -e java -e jdk; true"));
  }

  /**
   * CVE-2024-21626: a descriptor of the host's leaked to the container, and the working directory
   * {@code /proc/self/fd/N} was then one of the host.
   */
  @Test
  void cve_2024_21626_aWorkingDirectoryIsNotReachedThroughADescriptor() throws Exception {
    for (int fd : new int[] {3, 7, 9, 19}) {
      Result r = box.run("pwd; ls ../../../../../..", "-w", "/proc/self/fd/" + fd);
      assertNotEquals(0, r.status(), r.out());
      assertEquals("", r.out());
    }
    box.load(
        "evil:21626", new BusyboxImage(), "{\"Cmd\":[\"ls\"],\"WorkingDir\":\"/proc/self/fd/8\"}");
    Result ofImage = box.phyllo.run("run", "--rm", "evil:21626");
    assertNotEquals(0, ofImage.status());
    assertEquals("", ofImage.out());
  }

  /**
   * CVE-2025-31133: paths were masked by a bind mount of the container's {@code /dev/null}, which
   * the image had made a link to a file of procfs; that was then writable in another place.
   */
  @Test
  void cve_2025_31133_whatMasksAPathIsNotTheImagesToChoose() throws Exception {
    String before = Files.readString(Path.of(CORE_PATTERN));
    box.load(
        "evil:31133",
        new BusyboxImage().directory("dev").link("dev/null", CORE_PATTERN),
        "{\"Cmd\":[\"sh\"]}");
    Result r =
        box.runIn(
            "evil:31133",
            "busybox stat -c '%t:%T' /dev/null; for f in keys timer_list kcore interrupts; do"
                + " [ -e /proc/$f ] && { cat /proc/$f; echo '|x' > /proc/$f; }; done;"
                + " echo '|x' > "
                + CORE_PATTERN);
    assertEquals("1:3\n", r.out(), r.err());
    assertNotEquals(0, r.status());
    assertEquals(before, Files.readString(Path.of(CORE_PATTERN)));
  }

  /** The mask is no node of the host either: its mode would be the container's to change. */
  @Test
  void theHostsNullKeepsItsModeWhateverAContainerDoesToItsOwn() throws Exception {
    String before =
        PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of("/dev/null")));
    box.run("busybox chmod 600 /dev/null /dev/zero /proc/keys /proc/timer_list");
    assertEquals(
        before, PosixFilePermissions.toString(Files.getPosixFilePermissions(Path.of("/dev/null"))));
  }

  /**
   * CVE-2025-52565: with a terminal, {@code /dev/console} was mounted before paths were masked, and
   * an image that made it a link had the terminal mounted over a file of procfs instead.
   */
  @Test
  void cve_2025_52565_theConsoleIsMountedNowhereElse() throws Exception {
    box.load(
        "evil:52565",
        new BusyboxImage().directory("dev").link("dev/console", CORE_PATTERN),
        "{\"Cmd\":[\"sh\"]}");
    Result r =
        box.runIn(
            "evil:52565", "grep -c core_pattern /proc/self/mountinfo; cat " + CORE_PATTERN, "-t");
    assertEquals(0, r.status(), r.err());
    assertEquals(
        "0\n" + Files.readString(Path.of(CORE_PATTERN)), r.out().replace("\r", ""), r.err());
  }

  /**
   * CVE-2025-52881: while it set a container up, the runtime wrote to files of procfs that the
   * image or another container's mounts had exchanged for others, such as {@code sysrq-trigger}.
   * Here such a file is opened in the host's procfs, before any file of the image is in sight.
   */
  @Test
  void cve_2025_52881_whatIsWrittenToProcfsIsNotRedirectedByTheImage() throws Exception {
    box.load(
        "evil:52881",
        new BusyboxImage()
            .directory("proc")
            .directory("proc/self")
            .link("proc/self/oom_score_adj", "/data/config.txt"),
        "{\"Cmd\":[\"sh\"]}");
    Result r =
        box.runIn(
            "evil:52881", "cat /proc/self/oom_score_adj /data/config.txt", "--oom-score-adj", "77");
    assertEquals("77\nof the image\n", r.out(), r.err());
  }

  /**
   * CVE-2019-19921: {@code /proc} was a link to a volume in which another container exchanged it,
   * so that it was mounted where nothing of it was masked.
   */
  @Test
  void cve_2019_19921_procAndSysAreNotMountedThroughLinks() throws Exception {
    for (String name : List.of("proc", "sys", "dev")) {
      box.load("evil:" + name, new BusyboxImage().link(name, "data"), "{\"Cmd\":[\"sh\"]}");
      Result r = box.runIn("evil:" + name, "echo started");
      assertEquals(125, r.status(), r.out());
      assertEquals("", r.out());
      assertTrue(r.err().contains("ELOOP"), r.err());
    }
  }

  /**
   * CVE-2021-30465: the target of a mount lay in a volume, where another container exchanged a
   * directory for a link, so that the mount went over a directory of the host.
   */
  @Test
  void cve_2021_30465_mountTargetsInVolumesStayInTheRoot() throws Exception {
    Path volume = Files.createDirectories(dir.resolve("30465/volume"));
    Path target = Files.createDirectories(dir.resolve("30465/of the host"));
    Path source = Files.createDirectories(dir.resolve("30465/source"));
    Files.writeString(source.resolve("mounted"), "");
    Files.createSymbolicLink(volume.resolve("l"), target);
    Files.createSymbolicLink(volume.resolve("up"), Path.of("../../../../../../../../.." + target));
    for (String link : List.of("l", "up")) {
      Result r =
          box.run(
              "grep -c 'of.040the.040host' /proc/self/mountinfo; ls '" + target + "'",
              "-v",
              volume + ":/data",
              "-v",
              source + ":/data/" + link);
      // It is mounted, but where the link leads in the container.
      assertTrue(r.status() != 0 || r.out().contains("mounted"), r.out() + r.err());
      try (var left = Files.list(target)) {
        assertEquals(0, left.count());
      }
    }
  }

  /**
   * CVE-2024-40635: a user id above 2³¹−1 wrapped around, and the container ran as root although
   * its user was another.
   */
  @Test
  void cve_2024_40635_userIdsThatOverflowAreRefused() throws Exception {
    for (String user :
        List.of("2147483648", "4294967296", "65536:4294967296", "99999999999999999999", "-1")) {
      Result r = box.run("id -u", "-u", user);
      assertNotEquals(0, r.status(), user);
      assertEquals("", r.out(), user);
    }
    box.load("evil:40635", new BusyboxImage(), "{\"Cmd\":[\"id\"],\"User\":\"4294967296\"}");
    assertEquals("", box.phyllo.run("run", "--rm", "evil:40635").out());
    BusyboxImage wrapping = new BusyboxImage();
    wrapping.file("etc/passwd", "low:x:4294967296:0::/:/bin/sh\n");
    box.load("evil:passwd", wrapping, "{\"Cmd\":[\"id\"],\"User\":\"low\"}");
    assertEquals("", box.phyllo.run("run", "--rm", "evil:passwd").out());
  }

  /**
   * CVE-2016-9962: a process that entered a container still had descriptors of the host, which
   * those inside could take from it.
   */
  @Test
  void cve_2016_9962_noProcessInsideHasADescriptorOfTheHost() throws Exception {
    assertEquals("0\n1\n2\n", box.output("ls /proc/1/fd | cat"));
  }

  /**
   * CVE-2020-15257: the socket by which a container's supervisor is reached was an abstract one,
   * and so reachable from every container on the host's network.
   */
  @Test
  void cve_2020_15257_noAbstractSocketOfOursExists() throws Exception {
    String sockets = Files.readString(Path.of("/proc/net/unix"));
    assertTrue(sockets.lines().noneMatch(l -> l.contains("@") && l.contains("phyllo")), sockets);
    assertEquals("0\n", box.output("grep -c @ /proc/net/unix; true"));
  }

  /**
   * CVE-2022-0492: whoever could mount a hierarchy of cgroups, or saw the top of one, set {@code
   * release_agent} there, a program that the kernel runs on the host.
   */
  @Test
  void cve_2022_0492_noReleaseAgentIsInSightAndNoHierarchyCanBeMounted() throws Exception {
    assertEquals("", box.output("busybox find /sys -name release_agent 2>/dev/null; true"));
    assertNotEquals(0, box.run("mkdir /m; mount -t cgroup -o memory x /m").status());
    assertNotEquals(0, box.run("busybox unshare -U -r -m true").status());
    Result write = box.run("for f in /sys/fs/cgroup/*/notify_on_release; do echo 1 > $f; done");
    assertTrue(!write.err().contains("sh:") || write.err().contains("ead-only"), write.err());
  }

  /**
   * The default capabilities have MKNOD: a node that the container makes of the host's disk must
   * open nothing, in whichever file system it lies.
   */
  @Test
  void devicesThatAContainerMakesCannotBeOpenedAnywhere() throws Exception {
    Path volume = Files.createDirectories(dir.resolve("mknod"));
    String places = "/ /dev /dev/shm /volume /tmpfs /data";
    String script =
        "for p in "
            + places
            + "; do busybox mknod $p/disk b 254 0 && busybox mknod $p/mem c 1 1;"
            + " for n in disk mem; do true < $p/$n && echo read $p/$n; true >> $p/$n && echo wrote;"
            + " done; done 2>/dev/null; busybox ls -l "
            + places
            + " | grep -c -e disk -e mem";
    assertEquals("12\n", box.output(script, "-v", volume + ":/volume", "--tmpfs", "/tmpfs"));
    // Those that it has are unharmed.
    assertEquals(
        "3\n",
        box.output("busybox head -c 3 /dev/zero | wc -c; echo > /dev/null && true < /dev/urandom"));
  }

  /** Names and values with a line's end must not become lines of anything; NUL ends them. */
  @Test
  void variablesWithLinesEndsStayOneAndNulIsRefused() throws Exception {
    box.load(
        "evil:env",
        new BusyboxImage(),
        "{\"Cmd\":[\"sh\"],\"Env\":[\"A=1\\nUSER=root\\nPATH=/x\",\"B\\nC=2\"]}");
    Result r = box.runIn("evil:env", "cat /proc/1/environ | busybox tr '\\0' '|'");
    assertTrue(r.out().contains("A=1\nUSER=root\nPATH=/x|"), r.out());
    box.load("evil:nul", new BusyboxImage(), "{\"Cmd\":[\"sh\"],\"Env\":[\"A=1\\u0000B=2\"]}");
    Result nul = box.runIn("evil:nul", "echo started");
    assertEquals(125, nul.status(), nul.out());
    assertEquals("", nul.out());
  }

  /** What else an image's configuration may say that no sane one does. */
  @Test
  void configurationsThatNobodyMeansAreContainedOrRefused() throws Exception {
    box.load(
        "evil:up",
        new BusyboxImage(),
        "{\"Cmd\":[\"sh\",\"-c\",\"pwd\"],\"WorkingDir\":\"/../../..\"}");
    assertEquals("/\n", box.phyllo.run("run", "--rm", "evil:up").out());
    box.load(
        "evil:link",
        new BusyboxImage().link("w", "/../../../../tmp"),
        "{\"Cmd\":[\"sh\",\"-c\",\"pwd\"],\"WorkingDir\":\"/w/x\"}");
    Result link = box.phyllo.run("run", "--rm", "evil:link");
    assertTrue(link.status() != 0 || link.out().equals("/tmp/x\n"), link.out() + link.err());
    assertFalse(Files.exists(Path.of("/tmp/x")) && link.status() != 0);
    box.load("evil:none", new BusyboxImage(), "{\"Entrypoint\":[\"\"],\"Cmd\":[]}");
    assertEquals(127, box.phyllo.run("run", "--rm", "evil:none").status());
    assumeTrue(Files.isReadable(Path.of("/etc/shadow")), "needs a file that must not be seen");
    box.load(
        "evil:passwd-link",
        new BusyboxImage().link("etc/shadow", "/proc/1/root/etc/shadow"),
        "{\"Cmd\":[\"cat\",\"/etc/shadow\"]}");
    assertEquals("", box.phyllo.run("run", "--rm", "evil:passwd-link").out());
  }
}

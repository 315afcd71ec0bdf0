package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Call;
import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code run} as a user meets it: what the process sees, what it may do, and what is left of it.
 */
class RunTest {
  @TempDir static Path dir;
  private static Phyllo phyllo;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    phyllo = new Phyllo(dir.resolve("root"), dir);
    Path archive =
        new BusyboxImage()
            .write(
                dir.resolve("box.tar"), "box:1", "{\"Cmd\":[\"/bin/sh\"],\"Env\":[\"A=image\"]}");
    Result loaded = phyllo.run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    assertEquals(List.of(), entries("containers"));
    assertEquals(List.of(), entries("snapshots/overlayfs/active"));
    assertFalse(
        Files.readString(Path.of("/proc/self/mountinfo")).contains(dir.toString()),
        "a mount is left");
  }

  private static List<String> entries(String below) throws Exception {
    Path path = phyllo.namespace().resolve(below);
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(path)) {
      return list.map(p -> p.getFileName().toString()).toList();
    }
  }

  private static Result box(String script, String... options) throws Exception {
    return phyllo.run(words(script, options));
  }

  private static String[] words(String script, String... options) {
    return Stream.of(
            Stream.of("run", "--rm"), Stream.of(options), Stream.of("box:1", "sh", "-c", script))
        .flatMap(s -> s)
        .toArray(String[]::new);
  }

  @Test
  void theProcessIsNumberOneInItsOwnRootWithNothingElseOpen() throws Exception {
    assertEquals("1\nbin\ndata\ndev\netc\nproc\nsys\n", box("echo $$; ls -A /").out());
    // The shell that answers is process 1 itself, and opens nothing to do so.
    assertEquals(
        "3\n",
        box("for i in 0 1 2 3 4 5 6 7 8 9 11 12; do"
                + " [ -e /proc/1/fd/$i ] && n=$i; done; echo $((n + 1))")
            .out());
    assertEquals("1\n", box("cd /proc; for p in [0-9]*; do echo $p; exit; done").out());
  }

  @Test
  void exitStatusesAreTheProcessesOrDockersForAFailedStart() throws Exception {
    assertEquals(7, box("exit 7").status());
    assertEquals(127, phyllo.run("run", "--rm", "box:1", "nosuch").status());
    assertEquals(127, phyllo.run("run", "--rm", "box:1", "/no/such").status());
    assertEquals(126, phyllo.run("run", "--rm", "box:1", "/etc/passwd").status());
    assertEquals(126, phyllo.run("run", "--rm", "box:1", "/etc").status());
    assertEquals(125, phyllo.run("run", "--rm", "nosuch").status());
    assertEquals(2, phyllo.run("run", "--nosuch", "box:1").status());
  }

  @Test
  void aFailedStartIsOneLineThatNamesTheCommand() throws Exception {
    Result r = phyllo.run("run", "--rm", "box:1", "nosuch");
    assertEquals("", r.out());
    assertEquals(1, r.err().lines().count(), r.err());
    assertTrue(r.err().startsWith("phyllo: nosuch: "), r.err());
  }

  @Test
  void standardInputIsPassedOnOnlyWhenAsked() throws Exception {
    assertEquals(
        "hello\n", phyllo.runWithInput("hello\n", "run", "--rm", "-i", "box:1", "cat").out());
    assertEquals("", phyllo.runWithInput("hello\n", "run", "--rm", "box:1", "cat").out());
  }

  @Test
  void variablesComeFromTheEngineTheImageAndTheCaller() throws Exception {
    Result r =
        box(
            "echo $A,$B,$HOME,$HOSTNAME,$PATH; env | grep -A1 ^C=",
            "-e",
            "B=two",
            "--hostname",
            "h1",
            "-e",
            "C=x\ny");
    assertEquals(
        "image,two,/root,h1,/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nC=x\ny\n",
        r.out());
  }

  @Test
  void userGroupAndDirectoryAreAsAsked() throws Exception {
    assertEquals(
        "uid=1000(app) gid=1001(app) groups=10(wheel),1001(app)\n/home/app\n",
        box("id; echo $HOME", "-u", "app").out());
    assertEquals("1234:5\n", box("echo $(id -u):$(id -g)", "-u", "1234:5").out());
    assertEquals(
        "/made/for/it\n", box("cd .; readlink /proc/self/cwd", "-w", "/made/for/it").out());
    Result unknown = box("true", "-u", "nobody");
    assertEquals(125, unknown.status());
    assertTrue(unknown.err().contains("user nobody"), unknown.err());
  }

  @Test
  void aUserIdThatOverflowsIsRefused() throws Exception {
    // CVE-2024-40635: 4294967296 is 0 in 32 bits.
    Result r = box("id", "-u", "4294967296");
    assertEquals(125, r.status());
    assertEquals("", r.out());
  }

  @Test
  void anOrdinaryUserHasNoCapabilityAndRootHasDockersFourteen() throws Exception {
    assertTrue(
        box("grep Cap /proc/self/status").out().contains("CapEff:\t00000000a80425fb"),
        "docker's default set");
    String app = box("grep Cap /proc/self/status", "-u", "app").out();
    assertTrue(app.contains("CapEff:\t0000000000000000"), app);
    assertTrue(app.contains("CapBnd:\t00000000a80425fb"), app);
    assertTrue(app.contains("CapInh:\t0000000000000000"), app);
    assertTrue(
        box("grep NoNewPrivs /proc/self/status", "--security-opt", "no-new-privileges")
            .out()
            .contains("NoNewPrivs:\t1"));
    assertTrue(
        box("grep CapEff /proc/self/status", "--cap-drop", "ALL", "--cap-add", "net_admin")
            .out()
            .contains("0000000000001000"));
  }

  @Test
  void withoutANetworkThereIsOnlyLoopback() throws Exception {
    String links = box("ip -o link | wc -l; ip -o link", "--network", "none").out();
    assertTrue(links.startsWith("1\n"), links);
    assertTrue(links.contains("LOOPBACK,UP"), links);
    String own = Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
    assertNotEquals(own + "\n", box("readlink /proc/1/ns/net").out());
    assertEquals(own + "\n", box("readlink /proc/1/ns/net", "--network", "host").out());
  }

  @Test
  void namespacesAreItsOwn() throws Exception {
    for (String kind : List.of("mnt", "pid", "uts", "ipc", "net", "cgroup")) {
      String own = Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString();
      assertNotEquals(own + "\n", box("readlink /proc/1/ns/" + kind).out(), kind);
    }
  }

  @Test
  void aReadOnlyRootTakesNoFileButVolumesDo() throws Exception {
    Path shared = Files.createDirectory(dir.resolve("shared"));
    Result r =
        box(
            "touch /x; touch /v/x && echo volume; touch /ro/y; cat /f",
            "--read-only",
            "-v",
            shared + ":/v",
            "-v",
            shared + ":/ro:ro",
            "-v",
            "/etc/hostname:/f:ro");
    assertTrue(r.err().contains("/x: Read-only file system"), r.err());
    assertTrue(r.err().contains("/ro/y: Read-only file system"), r.err());
    assertEquals("volume\n" + Files.readString(Path.of("/etc/hostname")), r.out());
    assertTrue(Files.exists(shared.resolve("x")));
  }

  @Test
  void aVolumeThroughALinkStaysInsideTheRoot() throws Exception {
    Path archive =
        new BusyboxImage()
            .link("out", "../../../../../../etc")
            .write(dir.resolve("link.tar"), "link:1", "{}");
    assertEquals(0, phyllo.run("load", "-i", archive.toString()).status());
    Path shared = Files.createDirectory(dir.resolve("linked"));
    Files.writeString(shared.resolve("f"), "volume\n");
    // The link leads to the container's own /etc.
    Result r = phyllo.run("run", "--rm", "-v", shared + ":/out/v", "link:1", "cat", "/etc/v/f");
    assertEquals("volume\n", r.out(), r.err());
    assertFalse(Files.exists(Path.of("/etc/v")));
  }

  @Test
  void anImageWhoseProcIsALinkIsRefused() throws Exception {
    // CVE-2019-19921: what is masked in /proc would lie elsewhere.
    for (String name : List.of("proc", "sys", "dev")) {
      Path archive =
          new BusyboxImage()
              .directory("elsewhere")
              .link(name, "elsewhere")
              .write(dir.resolve(name + ".tar"), name + "-link:1", "{}");
      assertEquals(0, phyllo.run("load", "-i", archive.toString()).status());
      Result r = phyllo.run("run", "--rm", name + "-link:1", "true");
      assertEquals(125, r.status(), name);
      assertTrue(r.err().contains("ELOOP"), r.err());
    }
  }

  @Test
  void maskedAndReadOnlyPathsAreClosed() throws Exception {
    Result r =
        box(
            "cat /proc/keys /proc/timer_list; ls /sys/firmware; echo x > /proc/sys/kernel/hostname");
    assertEquals("", r.out());
    assertTrue(r.err().contains("/proc/sys/kernel/hostname: Read-only file system"), r.err());
    assertTrue(box("mkdir /sys/x").err().contains("Read-only file system"));
  }

  @Test
  void theEscapeFromAChrootLeadsNowhere() throws Exception {
    // The old root is not hidden but unmounted: no chain of .. finds it.
    Result r =
        box(
            "mkdir /deep; chroot /deep /bin/true 2>/dev/null; cd ../../../../../..; ls -d "
                + dir
                + "; ls -A");
    assertTrue(r.out().startsWith("bin\n"), r.out());
    String mounts = box("cat /proc/1/mountinfo").out();
    assertEquals(1, mounts.lines().filter(l -> l.contains(" / / ")).count(), mounts);
    assertTrue(mounts.contains(" - overlay "), mounts);
  }

  @Test
  void whatTheProcessWritesIsGoneAndTheImageIsAsItWas() throws Exception {
    assertEquals("mine\n", box("echo mine > /data/config.txt; cat /data/config.txt").out());
    assertEquals("of the image\n", box("cat /data/config.txt").out());
  }

  @Test
  void signalsAreForwardedAndTheStatusIsTheProcesses() throws Exception {
    for (String signal : List.of("TERM", "INT", "HUP", "QUIT", "USR1", "USR2")) {
      Call call =
          phyllo.start(
              "", words("trap 'exit 42' " + signal + "; echo up; while :; do sleep 0.05; done"));
      awaitOutput(call);
      new ProcessBuilder("kill", "-" + signal, Long.toString(call.process().pid()))
          .start()
          .waitFor();
      assertEquals(42, call.await().status(), signal);
    }
  }

  @Test
  void aKilledEngineTakesItsProcessWithItAndLeavesOnlyWhatTheNextCallSweeps() throws Exception {
    Call call = phyllo.start("", words("echo up; exec sleep 4242"));
    awaitOutput(call);
    call.process().destroyForcibly().waitFor();
    for (int i = 0; i < 100 && isRunning("4242"); i++) {
      Thread.sleep(20);
    }
    assertFalse(isRunning("4242"));
    assertEquals(1, entries("containers").size());
    phyllo
        .run("ps", "-aq")
        .out()
        .lines()
        .forEach(id -> {
          try {
            assertEquals(0, phyllo.run("rm", id).status());
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void withoutRmTheContainerStaysWithItsStatusUntilItIsRemoved() throws Exception {
    Result r = phyllo.run("run", "--name", "kept", "box:1", "sh", "-c", "touch /x; exit 3");
    assertEquals(3, r.status());
    assertEquals("3\n", phyllo.run("inspect", "--format", "{{.State.ExitCode}}", "kept").out());
    String upper =
        phyllo.run("inspect", "--format", "{{.GraphDriver.Data.UpperDir}}", "kept").out().strip();
    assertTrue(Files.exists(Path.of(upper, "x")));
    assertEquals(1, phyllo.run("rmi", "box:1").status());
    assertEquals(125, phyllo.run("run", "--name", "kept", "box:1", "true").status());
    assertEquals(0, phyllo.run("rm", "kept").status());
    assertFalse(Files.exists(Path.of(upper)));
  }

  @Test
  void explainShowsTheStepsThatWereTaken() throws Exception {
    Result r = phyllo.run("--explain", "run", "--rm", "box:1", "true");
    assertEquals(0, r.status());
    assertTrue(r.err().contains("pivot_root(\".\", \".\") = 0"), r.err());
    assertTrue(r.err().contains("execve(\"/bin/true\""), r.err());
    assertEquals("", r.out());
  }

  private static void awaitOutput(Call call) throws Exception {
    for (int i = 0; i < 1500 && call.output().isEmpty(); i++) {
      Thread.sleep(20);
    }
    assertEquals("up\n", call.output());
  }

  private static boolean isRunning(String word) {
    return ProcessHandle.allProcesses()
        .anyMatch(p ->
            p.info().arguments().map(a -> List.of(a).contains(word)).orElse(false)
                && p.info().command().map(c -> c.endsWith("busybox")).orElse(false));
  }
}

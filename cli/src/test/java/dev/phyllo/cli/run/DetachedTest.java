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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers beside their callers: their life, their output, and what survives the supervisor. */
class DetachedTest {
  @TempDir static Path dir;
  private static Phyllo phyllo;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    phyllo = new Phyllo(dir.resolve("root"), dir);
    phyllo.properties("-Ddev.phyllo.idleMillis=2000");
    Path archive = new BusyboxImage().write(dir.resolve("box.tar"), "box:1", "{\"Cmd\":[\"sh\"]}");
    Result loaded = phyllo.run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
  }

  @AfterAll
  static void noSupervisorStays() throws Exception {
    if (phyllo != null) {
      for (int i = 0; i < 100 && phyllo.supervisor().isPresent(); i++) {
        Thread.sleep(100);
      }
      assertFalse(phyllo.supervisor().isPresent(), "it leaves when there is nothing to keep");
    }
  }

  /** Nothing is left of a container: records, layers, processes, cgroups, mounts. */
  @AfterEach
  void nothingIsLeft() throws Exception {
    List<String> left = entries("containers");
    for (String id : left) {
      phyllo.run("rm", "-f", id); // the other tests have done nothing wrong
    }
    assertEquals(List.of(), left);
    assertEquals(List.of(), entries("snapshots/overlayfs/active"));
    assertEquals(Set.of(), keepers());
    assertFalse(
        Files.readString(Path.of("/proc/self/mountinfo")).contains(dir.toString()),
        "a mount is left");
    for (String id : made) {
      assertEquals(List.of(), cgroups(id));
    }
    made.clear();
  }

  private final List<String> made = new ArrayList<>();

  private static List<String> entries(String below) throws Exception {
    Path path = phyllo.namespace().resolve(below);
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(path)) {
      return list.map(p -> p.getFileName().toString()).toList();
    }
  }

  /** Only those of this test's containers: others may run at the same time. */
  private Set<String> keepers() {
    Set<String> found = new TreeSet<>();
    ProcessHandle.allProcesses()
        .forEach(p -> {
          String line = commandLine(p.pid());
          for (String id : made) {
            if (line.startsWith("phyllo-keeper " + id)) {
              found.add(line);
            }
          }
        });
    return found;
  }

  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"));
    } catch (java.io.IOException e) {
      return "";
    }
  }

  private static List<String> cgroups(String id) throws Exception {
    try (Stream<Path> tops = Files.list(Path.of("/sys/fs/cgroup"))) {
      List<String> found = new ArrayList<>();
      for (Path top : tops.toList()) {
        if (Files.exists(top.resolve("phyllo").resolve(id))) {
          found.add(top.toString());
        }
      }
      return found;
    }
  }

  private Result phyllo(int status, String... words) throws Exception {
    Result result = phyllo.run(words);
    assertEquals(status, result.status(), String.join(" ", words) + ": " + result.err());
    return result;
  }

  /** Starts a container by that name. */
  private String detached(String name, String script, String... options) throws Exception {
    String[] words =
        Stream.of(
                Stream.of("run", "-d", "--network", "none", "--name", name),
                Stream.of(options),
                Stream.of("box:1", "sh", "-c", script))
            .flatMap(s -> s)
            .toArray(String[]::new);
    String id = phyllo(0, words).out().strip();
    assertEquals(64, id.length());
    made.add(id);
    return id;
  }

  private String inspect(String name, String field) throws Exception {
    return phyllo(0, "inspect", "--format", "{{" + field + "}}", name).out().strip();
  }

  @Test
  void aContainerRunsBesideItsCallerAndItsOutputIsKept() throws Exception {
    // A shell opens /dev/stdout anew for >, which must cut nothing.
    detached("one", "echo out; echo err >&2; echo more > /dev/stdout; exit 3", "-l", "a=b");
    assertEquals("3\n", phyllo(0, "wait", "one").out());
    Result logs = phyllo(0, "logs", "one");
    assertEquals("out\nmore\n", logs.out());
    assertEquals("err\n", logs.err());
    for (String line : phyllo(0, "logs", "-t", "one").out().split("\n", -1)) {
      assertTrue(line.isEmpty() || line.matches("20[-0-9]{8}T[0-9:]{8}[.][0-9]{9}Z (out|more)"));
    }
    Result last = phyllo(0, "logs", "--tail", "1", "one");
    assertEquals(1, (last.out() + last.err()).lines().count());
    assertEquals("", phyllo(0, "logs", "--until", "1h", "one").out());
    assertEquals("out\nmore\n", phyllo(0, "logs", "--since", "1h", "one").out());
    assertEquals(
        "exited false 3 0",
        inspect("one", ".State.Status}} {{.State.Running}} {{.State.ExitCode}} {{.State.Pid"));
    assertTrue(phyllo(0, "ps", "-a", "--filter", "label=a=b").out().contains("Exited (3) "));
    assertEquals("", phyllo(0, "ps", "-aq", "--filter", "status=running").out());
    assertEquals("two\n", phyllo(0, "rename", "one", "two").out() + phyllo(0, "rm", "two").out());
  }

  @Test
  void aContainerCanBeStartedAgainStoppedKilledAndPaused() throws Exception {
    detached("life", "trap 'exit 9' TERM; echo up; while :; do sleep 0.1; done");
    await("up", "life");
    assertEquals("life\n", phyllo(0, "pause", "life").out());
    assertEquals("paused", inspect("life", ".State.Status"));
    phyllo(1, "exec", "life", "true");
    assertEquals("life\n", phyllo(0, "unpause", "life").out());
    assertEquals("life\n", phyllo(0, "stop", "life").out());
    assertEquals("9", inspect("life", ".State.ExitCode"));
    assertEquals("life\n", phyllo(0, "start", "life").out());
    assertEquals("running", inspect("life", ".State.Status"));
    phyllo(1, "rm", "life");
    assertEquals("life\n", phyllo(0, "kill", "life").out());
    assertEquals("137", inspect("life", ".State.ExitCode"));
    phyllo(1, "kill", "life");
    phyllo(1, "kill", "-s", "HUP", "life", "nosuch");
    assertEquals("life\n", phyllo(0, "rm", "-f", "life").out());
    assertEquals(0, phyllo.run("rm", "-f", "life").status());
  }

  @Test
  void whoDoesNotHearTheStopSignalIsKilledWhenTheTimeIsOver() throws Exception {
    detached(
        "deaf", "trap '' TERM INT; echo up; while :; do sleep 0.1; done", "--stop-signal", "INT");
    await("up", "deaf");
    long began = System.nanoTime();
    phyllo(0, "restart", "-t", "1", "deaf");
    assertTrue(System.nanoTime() - began > 1_000_000_000L);
    assertEquals("running", inspect("deaf", ".State.Status"));
    phyllo(0, "stop", "-t", "0", "deaf");
    assertEquals("137", inspect("deaf", ".State.ExitCode"));
    phyllo(0, "rm", "deaf");
  }

  private void await(String line, String name) throws Exception {
    for (int i = 0; i < 100; i++) {
      if (phyllo.run("logs", name).out().contains(line)) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("no " + line);
  }

  @Test
  void aFailedStartIsToldAndLeavesTheContainerAsDockerDoes() throws Exception {
    Result gone = phyllo.run("run", "-d", "--rm", "--network", "none", "box:1", "nosuch");
    assertEquals(127, gone.status());
    assertEquals(1, gone.err().lines().count(), gone.err());
    assertEquals(List.of(), entries("containers"));
    Result kept =
        phyllo.run("run", "-d", "--name", "kept", "--network", "none", "box:1", "/etc/passwd");
    assertEquals(126, kept.status());
    assertEquals("created 126", inspect("kept", ".State.Status}} {{.State.ExitCode"));
    phyllo(0, "rm", "kept");
  }

  @Test
  void policiesStartContainersAgainUntilTheyAreStopped() throws Exception {
    detached("twice", "echo run; exit 4", "--restart", "on-failure:2");
    assertEquals("4\n", phyllo(0, "wait", "twice").out());
    assertEquals("2", inspect("twice", ".RestartCount"));
    assertEquals("run\nrun\nrun\n", phyllo(0, "logs", "twice").out());
    detached("ever", "echo run; exit 0", "--restart", "always");
    for (int i = 0; i < 100 && Integer.parseInt(inspect("ever", ".RestartCount")) < 2; i++) {
      Thread.sleep(50);
    }
    phyllo(0, "stop", "ever");
    assertEquals("exited", inspect("ever", ".State.Status"));
    String count = inspect("ever", ".RestartCount");
    Thread.sleep(700);
    assertEquals(count, inspect("ever", ".RestartCount"));
    phyllo(0, "rm", "ever", "twice");
  }

  @Test
  void killingTheSupervisorKillsNoContainerAndLosesNothing() throws Exception {
    detached("ends", "i=0; while [ $i -lt 20 ]; do i=$((i+1)); echo $i; sleep 0.1; done; exit 7");
    detached("stays", "while :; do echo tick; sleep 0.1; done", "--restart", "always");
    detached("goes", "sleep 1", "--rm");
    ProcessHandle first = phyllo.supervisor().orElseThrow();
    String pid = inspect("stays", ".State.Pid");
    first.destroyForcibly();
    for (int i = 0; i < 100 && first.isAlive(); i++) {
      Thread.sleep(20);
    }
    assertTrue(Files.exists(Path.of("/proc/" + pid)), "the container goes on");
    Thread.sleep(2500);
    assertFalse(phyllo.supervisor().isPresent(), "nobody needed one so far");
    // It ended while nobody was there; whoever comes now takes over.
    assertEquals("7\n", phyllo(0, "wait", "ends").out());
    StringBuilder all = new StringBuilder();
    for (int i = 1; i <= 20; i++) {
      all.append(i).append('\n');
    }
    assertEquals(all.toString(), phyllo(0, "logs", "ends").out());
    assertEquals(pid, inspect("stays", ".State.Pid"));
    assertNotEquals(first.pid(), phyllo.supervisor().orElseThrow().pid());
    // Its policy goes on, too.
    phyllo(0, "exec", "stays", "sh", "-c", "kill -9 1; true");
    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
    for (int i = 0; i < 100 && inspect("stays", ".RestartCount").equals("0"); i++) {
      Thread.sleep(50);
    }
    assertEquals("1", inspect("stays", ".RestartCount"));
    phyllo(0, "rm", "-f", "stays", "ends");
  }

  @Test
  void oneMoreProcessIsInEveryNamespaceAndHasEveryLimitOfItsContainer() throws Exception {
    detached("more", "sleep 60", "-e", "A=b", "--memory", "64m");
    String script =
        "for n in mnt pid net uts ipc cgroup user; do"
            + " [ $(readlink /proc/1/ns/$n) = $(readlink /proc/self/ns/$n) ] || echo $n; done;"
            + " for l in Cap Seccomp NoNew; do"
            + " [ \"$(grep ^$l /proc/1/status)\" = \"$(grep ^$l /proc/self/status)\" ] || echo $l;"
            + " done; cat /proc/self/cgroup | grep -v ':/$'; echo $A";
    assertEquals("b\n", phyllo(0, "exec", "more", "sh", "-c", script).out());
    assertEquals(7, phyllo.run("exec", "more", "sh", "-c", "exit 7").status());
    assertEquals(127, phyllo.run("exec", "more", "nosuch").status());
    assertEquals(126, phyllo.run("exec", "more", "/etc/passwd").status());
    assertEquals(127, phyllo.run("exec", "-w", "/nosuch", "more", "true").status());
    assertEquals(
        "uid=1000(app) gid=1001(app) groups=10(wheel),1001(app) /data c\n",
        phyllo(
                0,
                "exec",
                "-u",
                "app",
                "-w",
                "/data",
                "-e",
                "A=c",
                "more",
                "sh",
                "-c",
                "echo $(id) $(pwd) $A")
            .out());
    assertEquals("typed\n", phyllo.runWithInput("typed\n", "exec", "-i", "more", "cat").out());
    assertEquals("", phyllo.runWithInput("typed\n", "exec", "more", "cat").out());
    assertEquals(
        "3\n",
        phyllo(
                0,
                "exec",
                "more",
                "sh",
                "-c",
                "n=0; for i in 0 1 2 3 4 5 6 7 8 9 11 12; do [ -e /proc/$$/fd/$i ] && n=$i; done;"
                    + " echo $((n + 1))")
            .out());
    phyllo(0, "exec", "-d", "more", "sleep", "59");
    assertTrue(phyllo(0, "top", "more").out().contains("sleep 59"));
    assertTrue(phyllo(0, "stats", "--no-stream", "more").out().contains("/ 64MiB"));
    phyllo(0, "rm", "-f", "more");
  }

  @Test
  void outputIsFollowedToTheEndAndInputComesFromWhoeverAttaches() throws Exception {
    made.add(
        phyllo(
                0,
                "create",
                "-i",
                "--name",
                "cat",
                "--network",
                "none",
                "box:1",
                "sh",
                "-c",
                "cat; echo end >&2; exit 5")
            .out()
            .strip());
    Result attached = phyllo.runWithInput("a\nb\n", "start", "-a", "-i", "cat");
    assertEquals("a\nb\n", attached.out());
    assertEquals("end\n", attached.err());
    assertEquals(5, attached.status());
    detached("slow", "for i in 1 2 3 4 5; do echo $i; sleep 0.1; done");
    Call following = phyllo.start("", "logs", "-f", "slow");
    assertEquals("1\n2\n3\n4\n5\n", following.await().out());
    phyllo(0, "rm", "cat", "slow");
  }

  @Test
  void whoIsAttachedToSeveralThatGoAtOnceGetsTheLastWordAndTheStatusOfEach() throws Exception {
    List<Result> results = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> callers = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      Thread caller =
          new Thread(() -> {
            try {
              results.add(
                  phyllo.run(
                      "run", "--rm", "-a", "stdout", "box:1", "sh", "-c", "echo ok; exit 3"));
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          });
      caller.start();
      callers.add(caller);
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertEquals(6, results.size());
    for (Result result : results) {
      assertEquals("3 ok\n", result.status() + " " + result.out(), result.err());
    }
  }

  @Test
  void idsAndVariablesComeAndGoByFiles() throws Exception {
    Path env = Files.writeString(dir.resolve("env"), "# not this\nA=file\n\nB=file\n");
    Path labels = Files.writeString(dir.resolve("labels"), "x=y\n");
    Path cid = dir.resolve("cid");
    String[] words = {
      "run",
      "--name",
      "files",
      "--network",
      "none",
      "--env-file",
      env.toString(),
      "-e",
      "B=own",
      "--label-file",
      labels.toString(),
      "--cidfile",
      cid.toString(),
      "box:1",
      "sh",
      "-c",
      "echo $A $B"
    };
    assertEquals("file own\n", phyllo(0, words).out());
    assertEquals(inspect("files", ".Id"), Files.readString(cid));
    assertEquals("y", inspect("files", "index .Config.Labels \"x\""));
    assertEquals(125, phyllo.run(words).status());
    phyllo(0, "rm", "files");
  }
}

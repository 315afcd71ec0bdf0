package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Other runtimes run the bundles of our containers, and what a process sees is what it sees when
 * the engine starts it itself.
 */
class RuntimesTest {
  /** A probe: what a process can find out about how it was started, a line each. */
  private static final String PROBE =
      """
      grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups|Uid|Gid|Umask)' /proc/self/status
      id; pwd; hostname; env | grep -v ^PWD= | sort
      grep -v -e 'Max pending signals' -e 'Max processes' /proc/self/limits
      for n in mnt pid uts ipc net cgroup user; do readlink /proc/self/ns/$n; done
      cut -d' ' -f5 /proc/self/mountinfo | sort
      ls -l /dev | while read mode links user group a b rest; do echo dev $mode $a $b; done
      for p in /proc/kcore /proc/keys /proc/timer_list; do wc -c < $p; done
      for p in /proc/sys /proc/irq /proc/bus; do touch $p/x 2>&1; done
      ls /proc/1/fd; cat /etc/hosts; cat /data/seen
      mkdir /tmp/x && mount -t tmpfs x /tmp/x 2>&1; unshare -m true 2>&1; mknod /b b 254 0; cat /b 2> /dev/null || echo refused
      """;

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
    Files.createDirectories(dir.resolve("data"));
    Files.writeString(dir.resolve("data/seen"), "seen\n");
  }

  @AfterAll
  static void noSupervisorStays() {
    if (phyllo != null) {
      phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private static Result box(String script, String... options) throws Exception {
    return phyllo.run(
        Stream.of(
                Stream.of("run", "--rm", "--network", "none"),
                Stream.of(options),
                Stream.of("box:1", "sh", "-c", script))
            .flatMap(s -> s)
            .toArray(String[]::new));
  }

  private static void needs(String runtime) {
    boolean there =
        Stream.of("/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/")
            .anyMatch(place -> Files.isExecutable(Path.of(place + runtime)));
    assumeTrue(there, "needs " + runtime);
  }

  private static Set<String> probe(String runtime) throws Exception {
    List<String> options =
        List.of(
            "--runtime",
            runtime,
            "--hostname",
            "probe",
            "-e",
            "B=mine",
            "-w",
            "/tmp",
            "--ulimit",
            "nofile=512:600",
            "--ulimit",
            "core=0",
            "-v",
            dir.resolve("data") + ":/data:ro",
            "--tmpfs",
            "/scratch");
    Result result = box(PROBE, options.toArray(String[]::new));
    assertTrue(result.out().contains("seen"), result.err());
    Set<String> lines = new TreeSet<>();
    for (String line : result.out().split("\n", -1)) {
      // Each has namespaces of its own: that they are not the machine's is what counts.
      if (line.matches("[a-z]+:\\[\\d+]")) {
        String name = line.substring(0, line.indexOf(':'));
        Path own = Path.of("/proc/self/ns", name);
        boolean hosts = Files.readSymbolicLink(own).toString().equals(line);
        lines.add(name + (hosts ? " is the machine's" : " is its own"));
      } else {
        lines.add(line);
      }
    }
    return lines;
  }

  /**
   * What differs, and why it may: the engine mounts each device by itself, so that no other can be
   * opened; runtimes differ in how they show cgroups and which devices they add on their own; and
   * in which limits they leave as they found them.
   */
  private static boolean mayDiffer(String line) {
    return line.startsWith("/proc/")
        || line.startsWith("/sys/")
        || line.startsWith("/dev/")
        || line.startsWith("dev ")
        || line.startsWith("Max ") && !line.startsWith("Max open files");
  }

  @ParameterizedTest
  @ValueSource(strings = {"runc", "crun"})
  void aProcessSeesTheSameWhoeverStartedIt(String runtime) throws Exception {
    needs(runtime);
    Set<String> ours = probe("builtin");
    Set<String> theirs = probe(runtime);
    List<String> differences = new ArrayList<>();
    for (String line : ours) {
      if (!theirs.contains(line) && !mayDiffer(line)) {
        differences.add("only ours: " + line);
      }
    }
    for (String line : theirs) {
      if (!ours.contains(line) && !mayDiffer(line)) {
        differences.add("only " + runtime + "'s: " + line);
      }
    }
    assertEquals(List.of(), differences);
  }

  @ParameterizedTest
  @ValueSource(strings = {"runc", "crun"})
  void exitStatusesAndStreamsPassThroughAnotherRuntime(String runtime) throws Exception {
    needs(runtime);
    Result result = box("echo out; echo err >&2; exit 7", "--runtime", runtime);
    assertEquals(7, result.status(), result.err());
    assertEquals("out\n", result.out());
    assertTrue(result.err().contains("err\n"), result.err());
    assertEquals(
        127,
        phyllo
            .run("run", "--rm", "--network", "none", "--runtime", runtime, "box:1", "/no/such")
            .status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"runc", "crun"})
  void aDetachedContainerOfAnotherRuntimeIsEnteredLoggedAndStopped(String runtime)
      throws Exception {
    needs(runtime);
    String name = "beside-" + runtime;
    Result started =
        phyllo.run(
            "run",
            "-d",
            "--name",
            name,
            "--network",
            "none",
            "--runtime",
            runtime,
            "box:1",
            "sh",
            "-c",
            "echo began; exec sleep 600");
    assertEquals(0, started.status(), started.err());
    try {
      Result inside = phyllo.run("exec", name, "sh", "-c", "echo $$ && cat /proc/1/cmdline");
      assertEquals(0, inside.status(), inside.err());
      assertTrue(inside.out().contains("sleep"), inside.out());
      assertTrue(!inside.out().startsWith("1\n"), inside.out());
      assertEquals("began\n", phyllo.run("logs", name).out());
    } finally {
      Result removed = phyllo.run("rm", "-f", name);
      assertEquals(0, removed.status(), removed.err());
    }
  }

  @Test
  void aRuntimeThatIsNotThereIsNamed() throws Exception {
    Result result = box("true", "--runtime", "no-such-runtime");
    assertEquals(125, result.status());
    assertTrue(result.err().contains("no-such-runtime"), result.err());
    assertEquals(1, result.err().lines().count(), result.err());
  }

  @Test
  void everyContainerThatStaysHasABundle() throws Exception {
    assertEquals(
        0,
        phyllo
            .run("run", "--name", "kept", "--network", "none", "--memory", "64m", "box:1", "true")
            .status());
    Path containers = phyllo.namespace().resolve("containers");
    Path own;
    try (Stream<Path> list = Files.list(containers)) {
      own = list.filter(p -> Files.exists(p.resolve("config.json"))).findFirst().orElseThrow();
    }
    JsonObject config =
        JsonCodec.parseObject(Files.readAllBytes(own.resolve("config.json")), "config.json");
    assertEquals("rootfs", config.requireObject("root").requireString("path"));
    assertEquals(List.of("true"), config.requireObject("process").strings("args"));
    assertTrue(Files.isDirectory(own.resolve("rootfs")));
    assertEquals(0, phyllo.run("rm", "kept").status());
  }

  /** The bundle says which users it has, and what of the host is whose. */
  @ParameterizedTest
  @ValueSource(strings = {"builtin", "runc", "crun"})
  void aContainerHasUsersOfItsOwnWhoeverMakesIt(String runtime) throws Exception {
    if (!runtime.equals("builtin")) {
      needs(runtime);
    }
    Path host = Files.createDirectories(dir.resolve("host-" + runtime));
    Files.writeString(host.resolve("f"), "f\n");
    Files.setPosixFilePermissions(
        host.resolve("f"), java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    Result r =
        box(
            "id -u; busybox tr -s ' ' < /proc/self/uid_map; busybox stat -c '%n %u' /bin/busybox"
                + " /etc/hosts /volume /tmpfs; cat /mapped/f; cat /plain/f; echo x > /volume/x;"
                + " busybox stat -c %u /volume/x; echo 10 > /etc/hosts; busybox mknod /n c 1 3",
            "--runtime",
            runtime,
            "--uidmap",
            "0:700000:65536",
            "-v",
            "of-" + runtime + ":/volume",
            "-v",
            host + ":/plain",
            "-v",
            host + ":/mapped:idmap",
            "--tmpfs",
            "/tmpfs:uid=7");
    assumeTrue(!r.err().contains("cannot show owners mapped"), r.err());
    assertEquals(
        "0\n 0 700000 65536\n/bin/busybox 0\n/etc/hosts 0\n/volume 0\n/tmpfs 7\nf\n0\n",
        r.out(),
        r.err());
    assertTrue(r.err().contains("/plain/f"), r.err());
    assertTrue(r.err().contains("mknod"), r.err());
  }

  /** crun gives its standard streams to the container's root, whatever they are. */
  @ParameterizedTest
  @ValueSource(strings = {"builtin", "runc", "crun"})
  void noStreamOfTheCallersIsGivenToItsUsers(String runtime) throws Exception {
    if (!runtime.equals("builtin")) {
      needs(runtime);
    }
    Path out = Files.createFile(dir.resolve("out-" + runtime));
    Path in = Files.writeString(dir.resolve("in-" + runtime), "in\n");
    List<String> command =
        phyllo.command(
            "run",
            "--rm",
            "-i",
            "--network",
            "none",
            "--runtime",
            runtime,
            "--uidmap",
            "0:700000:65536",
            "box:1",
            "cat");
    Process p =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(dir.resolve("err-" + runtime).toFile())
            .start();
    assertTrue(p.waitFor(120, java.util.concurrent.TimeUnit.SECONDS));
    String err = Files.readString(dir.resolve("err-" + runtime));
    assumeTrue(!err.contains("cannot show owners mapped"), err);
    assertEquals("in\n", Files.readString(out), err);
    for (Path file : List.of(in, out, Path.of("/dev/null"))) {
      assertEquals(0, ((Number) Files.getAttribute(file, "unix:uid")).intValue(), file.toString());
    }
  }

  @Test
  void theBundleNamesTheMappings() throws Exception {
    Result made =
        phyllo.run(
            "create",
            "--name",
            "mapped",
            "--network",
            "none",
            "--uidmap",
            "0:700000:65536",
            "--gidmap",
            "0:800000:65536",
            "box:1",
            "true");
    assertEquals(0, made.status(), made.err());
    try {
      Result started = phyllo.run("start", "-a", "mapped");
      assumeTrue(!started.err().contains("cannot show owners mapped"), started.err());
      assertEquals(0, started.status(), started.err());
      Path config =
          phyllo
              .namespace()
              .resolve("containers")
              .resolve(made.out().strip())
              .resolve("config.json");
      JsonObject linux =
          JsonCodec.parseObject(Files.readAllBytes(config), "config.json").requireObject("linux");
      assertEquals("user", linux.objects("namespaces").getFirst().requireString("type"));
      JsonObject uids = linux.objects("uidMappings").getFirst();
      assertEquals(0, uids.requireNumber("containerID"));
      assertEquals(700000, uids.requireNumber("hostID"));
      assertEquals(65536, uids.requireNumber("size"));
      assertEquals(800000, linux.objects("gidMappings").getFirst().requireNumber("hostID"));
    } finally {
      assertEquals(0, phyllo.run("rm", "-f", "mapped").status());
    }
  }

  @Test
  void othersHaveOneWhenItIsAskedFor() throws Exception {
    Phyllo.Call call =
        phyllo.start(
            "",
            "run",
            "--rm",
            "--name",
            "asked",
            "--network",
            "none",
            "-u",
            "app",
            "--init",
            "box:1",
            "sh",
            "-c",
            "echo up; while ! [ -e /go ]; do sleep 0.1; done");
    for (int i = 0; i < 1500 && call.output().isEmpty() && call.process().isAlive(); i++) {
      Thread.sleep(20);
    }
    assumeTrue(call.process().isAlive(), "needs the package catatonit or tini");
    Result where = phyllo.run("bundle", "asked");
    assertEquals(0, where.status(), where.err());
    Path config = Path.of(where.out().strip(), "config.json");
    JsonObject process =
        JsonCodec.parseObject(Files.readAllBytes(config), "config.json").requireObject("process");
    assertEquals("sh", process.strings("args").get(2), "after docker-init and --");
    assertEquals(1000, process.requireObject("user").requireNumber("uid"));
    assertEquals(
        Files.readString(config).strip(), phyllo.run("bundle", "-c", "asked").out().strip());
    assertEquals(0, phyllo.run("exec", "-u", "0", "asked", "touch", "/go").status());
    assertEquals(0, call.await().status());
    assertTrue(Files.notExists(config.getParent()));
    // One that was never started, too.
    assertEquals(
        0, phyllo.run("create", "--name", "made", "--network", "none", "box:1", "true").status());
    assertTrue(phyllo.run("bundle", "-c", "made").out().contains("\"ociVersion\""));
    assertEquals(0, phyllo.run("rm", "made").status());
  }
}

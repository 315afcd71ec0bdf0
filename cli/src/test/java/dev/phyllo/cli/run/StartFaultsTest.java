package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
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

/** Every step of a start fails in turn: nothing is left of it, and the message names the step. */
class StartFaultsTest {
  private static final int MOST_STEPS = 60;

  @TempDir static Path dir;
  private static Phyllo phyllo;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    phyllo = new Phyllo(dir.resolve("root"), dir);
    Path archive = new BusyboxImage().write(dir.resolve("box.tar"), "box:1", "{\"Cmd\":[\"sh\"]}");
    Result loaded = phyllo.run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
  }

  @AfterAll
  static void noSupervisorStays() {
    if (phyllo != null) {
      phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  @Test
  void noStepOfAStartInTheForegroundLeavesAnythingWhenItFails() throws Exception {
    Set<String> steps = failEachOf("run", "--rm", "--network", "none", "box:1", "true");
    assertTrue(
        steps.containsAll(
            Set.of("the cgroup", "the root", "the user", "the volumes", "the process")),
        steps.toString());
  }

  @Test
  void noStepThatOnlyAContainerWithUsersOfItsOwnHasLeavesAnythingWhenItFails() throws Exception {
    Set<String> steps =
        failEachOf("run", "--rm", "--network", "none", "--user-ns", "auto", "box:1", "true");
    assertTrue(
        steps.containsAll(Set.of("the user namespace", "the root", "the volumes", "the ids")),
        steps.toString());
  }

  /** Makes each step fail in turn, and looks what is left. */
  private static Set<String> failEachOf(String... command) throws Exception {
    Set<String> steps = new TreeSet<>();
    int number = 1;
    for (; number < MOST_STEPS; number++) {
      phyllo.properties("-Ddev.phyllo.failStart=" + number);
      Result r = phyllo.run(command);
      nothingIsLeft("step " + number);
      if (r.status() == 0) {
        break;
      }
      steps.add(named(r));
    }
    assertTrue(number > 8 && number < MOST_STEPS, "steps: " + number);
    return steps;
  }

  @Test
  void noStepOfAStartBesideItsCallerLeavesAnythingWhenItFails() throws Exception {
    // Those that a start in the foreground does not have: before they did anything, and when all
    // is done. The process waits meanwhile.
    for (String step :
        List.of(
            "the terminal and the logs",
            "after the terminal and the logs",
            "the keeper",
            "after the keeper",
            "the keeper of the input",
            "after the keeper of the input",
            "the record",
            "after the record")) {
      phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
      phyllo.properties("-Ddev.phyllo.failStart=" + step, "-Ddev.phyllo.idleMillis=3000");
      Path id = dir.resolve("id");
      Files.deleteIfExists(id);
      Result r =
          phyllo.run(
              "run",
              "-d",
              "-i",
              "--rm",
              "--cidfile",
              id.toString(),
              "--network",
              "none",
              "box:1",
              "sleep",
              "60");
      assertEquals(125, r.status(), step + ": " + r.err());
      assertEquals(step.replace("after ", ""), named(r));
      nothingIsLeft(step);
      nothingIsLeftOf(Files.readString(id).strip(), step);
      Files.delete(id);
      Result kept =
          phyllo.run(
              "run",
              "-d",
              "-i",
              "--name",
              "kept",
              "--cidfile",
              id.toString(),
              "--network",
              "none",
              "box:1",
              "sleep",
              "60");
      assertEquals(125, kept.status(), kept.err());
      nothingIsLeftOf(Files.readString(id).strip(), step);
      assertEquals(
          "created\n", phyllo.run("inspect", "--format", "{{.State.Status}}", "kept").out());
      assertEquals(0, phyllo.run("rm", "kept").status());
      nothingIsLeft(step);
    }
  }

  /** Neither a cgroup nor a process of the machine's knows its id. */
  private static void nothingIsLeftOf(String id, String when) throws Exception {
    assertEquals(64, id.length());
    try (Stream<Path> tops = Files.list(Path.of("/sys/fs/cgroup"))) {
      for (Path top : tops.toList()) {
        assertFalse(Files.exists(top.resolve("phyllo").resolve(id)), when + ": " + top);
        assertFalse(Files.exists(top.resolve(id)), when + ": " + top);
      }
    }
    List<String> found = new ArrayList<>();
    ProcessHandle.allProcesses()
        .forEach(p -> {
          try {
            String line = Files.readString(Path.of("/proc/" + p.pid() + "/cmdline"));
            if (line.startsWith("phyllo-") && line.contains(id)) {
              found.add(line);
            }
          } catch (java.io.IOException e) {
            // It has ended.
          }
        });
    assertEquals(List.of(), found, when);
  }

  /** The one line of the error, which says which step failed. */
  private static String named(Result r) {
    assertEquals(125, r.status(), r.err());
    assertEquals(1, r.err().lines().count(), r.err());
    int end = r.err().indexOf(": made to fail (");
    assertTrue(end > 0, r.err());
    int from = r.err().lastIndexOf(": ", end - 1) + 2;
    return r.err().substring(from, end);
  }

  private static void nothingIsLeft(String when) throws Exception {
    assertEquals(List.of(), entries(phyllo.namespace().resolve("containers")), when);
    assertEquals(
        List.of(), entries(phyllo.namespace().resolve("snapshots/overlayfs/active")), when);
    assertFalse(
        Files.readString(Path.of("/proc/self/mountinfo")).contains(dir.toString()),
        when + ": a mount is left");
    assertEquals(List.of(), processes(), when);
  }

  /** Processes that have anything of this store in sight. */
  private static List<String> processes() {
    List<String> found = new ArrayList<>();
    ProcessHandle.allProcesses()
        .forEach(p -> {
          try {
            String mounts = Files.readString(Path.of("/proc/" + p.pid() + "/mountinfo"));
            String line = Files.readString(Path.of("/proc/" + p.pid() + "/cmdline"));
            if (mounts.contains(dir.toString()) && !line.contains("SupervisorMain")) {
              found.add(line);
            }
          } catch (java.io.IOException e) {
            // It has ended.
          }
        });
    return found;
  }

  private static List<String> entries(Path path) throws Exception {
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(path)) {
      return list.map(p -> p.getFileName().toString()).toList();
    }
  }
}

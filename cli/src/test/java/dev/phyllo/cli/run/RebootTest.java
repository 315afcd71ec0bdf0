package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers that ran when the machine went down, which is told by their records' boot ids. */
class RebootTest {
  @TempDir Path dir;
  private Box box;

  @BeforeEach
  void make() throws Exception {
    box = Box.make(dir);
    box.phyllo.properties("-Ddev.phyllo.idleMillis=2000");
  }

  @AfterEach
  void noSupervisorStays() throws Exception {
    if (box != null) {
      for (String name : box.phyllo.run("ps", "-aq").out().lines().toList()) {
        box.phyllo.run("rm", "-f", name);
      }
      box.phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private Result phyllo(int status, String... words) throws Exception {
    Result result = box.phyllo.run(words);
    assertEquals(status, result.status(), String.join(" ", words) + ": " + result.err());
    return result;
  }

  private void run(String name, String... options) throws Exception {
    phyllo(
        0,
        Stream.of(
                Stream.of("run", "-d", "--name", name, "--network", "none"),
                Stream.of(options),
                Stream.of("box:1", "sleep", "600"))
            .flatMap(s -> s)
            .toArray(String[]::new));
  }

  /** All processes are gone at once, and what is written down is of an earlier start. */
  private void reboot() throws Exception {
    ProcessHandle supervisor = box.phyllo.supervisor().orElseThrow();
    supervisor.destroyForcibly();
    supervisor.onExit().get();
    try (Stream<Path> list = Files.list(box.phyllo.namespace().resolve("containers"))) {
      for (Path directory : list.toList()) {
        Path file = directory.resolve("state.json");
        if (!Files.exists(file)) {
          continue;
        }
        String text = Files.readString(file);
        JsonObject state = JsonCodec.parseObject(Files.readAllBytes(file), "state");
        for (String process : List.of("pid", "keeper", "input")) {
          long pid = state.number(process).orElse(0L);
          if (pid > 0) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
          }
        }
        String bootId = state.string("bootId").orElse("");
        if (!bootId.isEmpty()) {
          Files.writeString(file, text.replace(bootId, "11111111-2222-3333-4444-555555555555"));
        }
      }
    }
  }

  private String state(String name) throws Exception {
    return phyllo(
            0,
            "inspect",
            "--format",
            "{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} {{.State.Error}}",
            name)
        .out()
        .strip();
  }

  private Set<String> running() throws Exception {
    return new TreeSet<>(phyllo(0, "ps", "--format", "{{.Names}}").out().lines().toList());
  }

  @Test
  void whatRanIsShownAsEndedAndStartedOnlyByWhoeverStartsTheMachine() throws Exception {
    run("plain");
    run("always", "--restart", "always");
    run("unless", "--restart", "unless-stopped");
    run("stopped", "--restart", "unless-stopped");
    run("goes", "--rm");
    phyllo(0, "stop", "-t", "0", "stopped");
    phyllo(
        0,
        "create",
        "--name",
        "never",
        "--network",
        "none",
        "--restart",
        "always",
        "box:1",
        "sleep",
        "600");
    reboot();
    assertEquals(Set.of(), running());
    for (String name : List.of("plain", "always", "unless")) {
      String state = state(name);
      assertTrue(state.startsWith("exited 255 0 "), state);
      assertTrue(state.contains("the machine was started anew"), state);
    }
    assertTrue(state("stopped").startsWith("exited 137 0"), state("stopped"));
    assertEquals(1, box.phyllo.run("inspect", "goes").status());
    assertEquals("255\n", phyllo(0, "wait", "plain").out());
    assertEquals(
        "always\n",
        phyllo(
                0,
                "ps",
                "-a",
                "--format",
                "{{.Names}}",
                "--filter",
                "restart-policy=always",
                "--filter",
                "status=exited")
            .out());
    phyllo(0, "start", "--all", "--filter", "should-start-on-boot=true");
    assertEquals(Set.of("always", "unless"), running());
    // Its policy holds again.
    String pid = phyllo(0, "inspect", "--format", "{{.State.Pid}}", "unless").out().strip();
    ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
    for (int i = 0; i < 100 && !state("unless").startsWith("running 0 1"); i++) {
      Thread.sleep(50);
    }
    assertTrue(state("unless").startsWith("running 0 1"), state("unless"));
    Result all = box.phyllo.run("start", "--all");
    assertEquals(0, all.status(), all.err());
    assertEquals(Set.of("never", "plain", "stopped"), new TreeSet<>(all.out().lines().toList()));
    assertFalse(running().isEmpty());
    assertEquals(2, box.phyllo.run("start").status());
    assertEquals(2, box.phyllo.run("start", "--filter", "name=x", "plain").status());
  }
}

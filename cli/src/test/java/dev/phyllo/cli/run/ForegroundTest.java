package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Call;
import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Containers that are watched from their start on and stay when they have ended. */
class ForegroundTest {
  @TempDir Path dir;
  private Box box;

  @BeforeEach
  void make() throws Exception {
    box = Box.make(dir);
    box.phyllo.properties("-Ddev.phyllo.idleMillis=2000");
  }

  @AfterEach
  void noSupervisorStays() {
    if (box != null) {
      box.phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  private Result phyllo(int status, String... words) throws Exception {
    Result result = box.phyllo.run(words);
    assertEquals(status, result.status(), String.join(" ", words) + ": " + result.err());
    return result;
  }

  private Call start(String name, String script) throws Exception {
    return box.phyllo.start(
        "", "run", "--name", name, "--network", "none", "box:1", "sh", "-c", script);
  }

  @Test
  void whatWasShownIsKeptToBeShownAgain() throws Exception {
    Result shown = start("kept", "echo out; echo err >&2; exit 4").await();
    assertEquals(4, shown.status(), shown.err());
    assertEquals("out\n", shown.out());
    assertEquals("err\n", shown.err());
    Result logs = phyllo(0, "logs", "kept");
    assertEquals("out\n", logs.out());
    assertEquals("err\n", logs.err());
    assertEquals("4\n", phyllo(0, "inspect", "--format", "{{.State.ExitCode}}", "kept").out());
    phyllo(0, "rm", "kept");
    Result typed =
        box.phyllo.runWithInput(
            "typed\n", "run", "-i", "--name", "typed", "--network", "none", "box:1", "cat");
    assertEquals("typed\n", typed.out());
    assertEquals("typed\n", phyllo(0, "logs", "typed").out());
    phyllo(0, "rm", "typed");
    assertEquals(127, start("none", "exec nosuch").await().status());
    phyllo(0, "rm", "none");
    box.assertNothingIsLeft();
  }

  @Test
  void onlyTheFilesOfAContainerThatGoesAreNeverWaitedForToBeOnTheDisk() throws Exception {
    String root =
        "while read a place c options e; do"
            + " if [ $place = / ]; then echo $options; fi; done < /proc/mounts";
    String gone = box.output(root);
    assertTrue(gone.contains("volatile"), gone);
    String kept = start("kept", root).await().out();
    assertTrue(kept.contains("upperdir=") && !kept.contains("volatile"), kept);
    phyllo(0, "start", "-a", "kept"); // for which its layer is mounted a second time
    phyllo(0, "rm", "kept");
    box.assertNothingIsLeft();
  }

  @Test
  void killingWhoeverWatchesEndsNeitherTheContainerNorItsLog() throws Exception {
    Call call =
        start("on", "echo began; while ! [ -e /go ]; do sleep 0.1; done; echo ended; exit 5");
    for (int i = 0; i < 1500 && !call.output().equals("began\n"); i++) {
      Thread.sleep(20);
    }
    assertEquals("began\n", call.output());
    call.process().destroyForcibly().waitFor();
    phyllo(0, "exec", "on", "touch", "/go");
    assertEquals("5\n", phyllo(0, "wait", "on").out());
    assertEquals("began\nended\n", phyllo(0, "logs", "on").out());
    phyllo(0, "rm", "on");
  }

  @Test
  void whoeverReadsItMayGoAway() throws Exception {
    Path pipe = dir.resolve("pipe");
    assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo");
    ProcessBuilder builder =
        new ProcessBuilder(
            box.phyllo.command(
                "run",
                "--name",
                "yes",
                "--network",
                "none",
                "box:1",
                "sh",
                "-c",
                "while echo yes; do sleep 0.05; done"));
    Process head = new ProcessBuilder("head", "-n", "1", pipe.toString()).start();
    Process process =
        builder
            .redirectOutput(pipe.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertTrue(head.waitFor(60, java.util.concurrent.TimeUnit.SECONDS));
    assertTrue(process.waitFor(60, java.util.concurrent.TimeUnit.SECONDS));
    assertEquals(128 + 13, process.exitValue());
    assertEquals("true\n", phyllo(0, "inspect", "--format", "{{.State.Running}}", "yes").out());
    phyllo(0, "rm", "-f", "yes");
  }
}

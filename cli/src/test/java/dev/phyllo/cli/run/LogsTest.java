package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.cli.run.Phyllo.Call;
import dev.phyllo.cli.run.Phyllo.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of a container's output is kept, and that none of that is lost or there twice. */
class LogsTest {
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

  private Result run(String name, String script, String... options) throws Exception {
    return phyllo(
        0,
        Stream.of(
                Stream.of("run", "-d", "--name", name, "--network", "none"),
                Stream.of(options),
                Stream.of("box:1", "sh", "-c", script))
            .flatMap(s -> s)
            .toArray(String[]::new));
  }

  /** Each line is the number after that of the line before it. */
  private static void assertConsecutive(String text, int last) {
    List<String> lines = text.lines().toList();
    assertFalse(lines.isEmpty());
    int number = last - lines.size() + 1;
    for (String line : lines) {
      assertEquals("line " + number++, line);
    }
    assertEquals(last + 1, number);
  }

  @Test
  void whatIsKeptIsWholeWhoeverDiesWhileFilesFollowOneAnother() throws Exception {
    run(
        "much",
        "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); echo line $i; done;"
            + " while ! [ -e /go ]; do sleep 0.05; done; echo line 60001",
        "--log-opt",
        "max-size=100k",
        "--log-opt",
        "max-file=3");
    Call following = box.phyllo.start("", "logs", "-f", "much");
    // The first supervisor dies in the midst of it, and so do those who take its place.
    for (int i = 0; i < 3; i++) {
      box.phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
      phyllo(0, "ps");
    }
    for (int i = 0;
        i < 200 && !phyllo(0, "logs", "--tail", "1", "much").out().equals("line 60000\n");
        i++) {
      Thread.sleep(100);
    }
    Path logs =
        Path.of(phyllo(0, "inspect", "--format", "{{.LogPath}}", "much").out().strip()).getParent();
    phyllo(0, "exec", "much", "touch", "/go");
    assertEquals("0\n", phyllo(0, "wait", "much").out());
    String kept = phyllo(0, "logs", "much").out();
    assertConsecutive(kept, 60001);
    assertTrue(kept.length() > 190_000 && kept.length() <= 300_000, kept.length() + " bytes");
    assertConsecutive(phyllo(0, "logs", "--tail", "7000", "--since", "1h", "much").out(), 60001);
    // Who followed may have been too slow for files this small, but has no line twice or in parts.
    Result followed = following.await();
    assertTrue(followed.out().endsWith("line 60000\nline 60001\n"), followed.err());
    int before = 0;
    for (String line : followed.out().lines().toList()) {
      assertTrue(line.matches("line \\d+"), line);
      int number = Integer.parseInt(line.substring(5));
      assertTrue(number > before, line);
      before = number;
    }
    long size = 0;
    try (Stream<Path> files = Files.list(logs)) {
      for (Path file : files.toList()) {
        size += Files.size(file);
      }
    }
    assertTrue(size <= 300_000, size + " bytes on disk");
    // It goes on where it was.
    phyllo(0, "start", "much");
    assertEquals("0\n", phyllo(0, "wait", "much").out());
    String again = phyllo(0, "logs", "much").out();
    assertTrue(again.contains("line 60001\nline 1\n") || again.length() > 190_000);
    assertTrue(again.endsWith("line 60000\nline 60001\n"));
    phyllo(0, "rm", "much");
  }

  @Test
  void driversAreDockersAndOthersAreRefused() throws Exception {
    run("local", "echo kept", "--log-driver", "local");
    phyllo(0, "wait", "local");
    assertEquals("kept\n", phyllo(0, "logs", "local").out());
    assertEquals(
        "local map[max-file:5 max-size:20000000]\n",
        phyllo(
                0,
                "inspect",
                "--format",
                "{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}}",
                "local")
            .out());
    run("none", "echo lost", "--log-driver", "none");
    phyllo(0, "wait", "none");
    Result none = phyllo(1, "logs", "none");
    assertTrue(none.err().contains("none"), none.err());
    Result shown =
        phyllo(
            0,
            "run",
            "--log-driver",
            "none",
            "--name",
            "shown",
            "--network",
            "none",
            "box:1",
            "sh",
            "-c",
            "echo shown");
    assertEquals("shown\n", shown.out());
    Result refused =
        phyllo(2, "run", "-d", "--log-driver", "syslog", "--network", "none", "box:1", "true");
    assertTrue(refused.err().contains("json-file, local, none"), refused.err());
    phyllo(0, "rm", "local", "none", "shown");
    box.assertNothingIsLeft();
  }

  @Test
  void whoReadsSlowlyGetsAllOrIsTold() throws Exception {
    Path all = dir.resolve("all");
    Path told = dir.resolve("told");
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of("sh", "-c", "\"$@\" 2> " + told + " | (sleep 3; cat > " + all + ")", "sh"));
    command.addAll(
        box.phyllo.command(
            "run",
            "--name",
            "fast",
            "--network",
            "none",
            "--log-opt",
            "max-size=2m",
            "--log-opt",
            "max-file=3",
            "box:1",
            "sh",
            "-c",
            "i=0; while [ $i -lt 10 ]; do i=$((i+1)); cat /bin/busybox; done"));
    Process shell = new ProcessBuilder(command).start();
    assertTrue(shell.waitFor(120, java.util.concurrent.TimeUnit.SECONDS));
    long whole = 10 * Files.size(BusyboxImage.busybox());
    if (Files.size(all) != whole) {
      // A machine so busy that not even the files could be opened in time.
      assertTrue(Files.readString(told).contains("before it could be shown"));
    } else {
      assertEquals("", Files.readString(told));
    }
    phyllo(0, "rm", "fast");
  }
}

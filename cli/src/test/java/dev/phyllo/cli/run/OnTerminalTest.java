package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import dev.phyllo.linux.Arg;
import dev.phyllo.linux.Child;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Launcher;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Plan;
import dev.phyllo.linux.Poll;
import dev.phyllo.linux.ProcessRecipes;
import dev.phyllo.linux.Terminal;
import dev.phyllo.oci.StepListener;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program at a terminal, and containers with terminals of their own. */
class OnTerminalTest {
  @TempDir static Path dir;
  private static Phyllo phyllo;

  @BeforeAll
  static void load() throws Exception {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: it makes namespaces");
    assumeTrue(Files.isExecutable(BusyboxImage.busybox()), "needs busybox-static's /bin/busybox");
    phyllo = new Phyllo(dir.resolve("root"), dir);
    phyllo.properties("-Ddev.phyllo.idleMillis=2000");
    Path archive =
        new BusyboxImage()
            .link("bin/stty", "busybox")
            .link("bin/tty", "busybox")
            .write(dir.resolve("box.tar"), "box:1", "{\"Cmd\":[\"sh\"]}");
    Result loaded = phyllo.run("load", "-i", archive.toString());
    assertEquals(0, loaded.status(), loaded.err());
  }

  @AfterAll
  static void noSupervisorStays() {
    if (phyllo != null) {
      phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  /** A terminal, the program at it, and what appeared there so far. */
  private static final class Session implements AutoCloseable {
    private final Fd devpts = Mounts.fileSystem("devpts", List.of("ptmxmode=0666"), 0);
    private final Terminal.Pair pair = Terminal.open(devpts);
    private final byte @org.jspecify.annotations.Nullable [] modes = Terminal.modes(pair.slave());
    private final Child child;
    private final StringBuilder shown = new StringBuilder();
    private int seen;

    Session(String... words) {
      Terminal.resize(pair.master(), new Terminal.Size(33, 77));
      Plan.Builder plan = Plan.builder();
      plan.setsid();
      Terminal.control(plan, Arg.of(pair.slave()));
      for (int fd = 0; fd < 3; fd++) {
        plan.dup3(Arg.of(pair.slave()), fd);
      }
      ProcessRecipes.closeOthers(plan);
      List<byte[]> arguments = new ArrayList<>();
      for (String word : phyllo.command(words)) {
        arguments.add(word.getBytes(StandardCharsets.UTF_8));
      }
      List<byte[]> environment = new ArrayList<>();
      for (Map.Entry<String, String> e : System.getenv().entrySet()) {
        environment.add((e.getKey() + "=" + e.getValue()).getBytes(StandardCharsets.UTF_8));
      }
      plan.execve(arguments.getFirst(), arguments, environment);
      child = Launcher.launch(plan.build(), StepListener.NONE);
    }

    /** Waits until this appears after what has been waited for already. */
    Session sees(String text) {
      byte[] chunk = new byte[4096];
      long end = System.nanoTime() + 30_000_000_000L;
      while (shown.indexOf(text, seen) < 0) {
        assertTrue(System.nanoTime() < end, "no " + text + " in " + shown);
        if (Poll.readable(pair.master(), 100)) {
          int got = FileData.tryRead(pair.master(), chunk, 0, chunk.length);
          shown.append(new String(chunk, 0, Math.max(got, 0), StandardCharsets.ISO_8859_1));
        }
      }
      seen = shown.indexOf(text, seen) + text.length();
      return this;
    }

    Session types(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      FileData.write(pair.master(), bytes, 0, bytes.length);
      return this;
    }

    Session resizes(int rows, int columns) {
      Terminal.resize(pair.master(), new Terminal.Size(rows, columns));
      return this;
    }

    /** The exit status; the terminal is as it was before. What is still shown is read. */
    int ends() {
      byte[] chunk = new byte[4096];
      long end = System.nanoTime() + 60_000_000_000L;
      while (!Poll.readable(child.pidfd(), 0)) {
        assertTrue(System.nanoTime() < end, "no end: " + shown);
        if (Poll.readable(pair.master(), 20)) {
          FileData.tryRead(pair.master(), chunk, 0, chunk.length);
        }
      }
      int status = child.waitFor().exitCode();
      assertArrayEquals(modes, Terminal.modes(pair.slave()));
      return status;
    }

    @Override
    public void close() {
      child.signal(9);
      child.close();
      pair.close();
      devpts.close();
    }
  }

  @Test
  void aContainerHasATerminalOfItsOwnWhichIsLeftAndComeBackTo() throws Exception {
    try (Session s = new Session("run", "-it", "--name", "term", "--network", "none", "box:1")) {
      s.sees("# ").types("tty; stty size; readlink /proc/self/fd/0; echo $((6*7)) $TERM\n");
      s.sees("/dev/pts/0\r\n33 77\r\n").sees("42 xterm\r\n");
      s.types("[ /dev/console -ef /dev/pts/0 ] && echo $((50+7))\n").sees("57\r\n");
      s.types("\u0010x\u007f\u0010\u0011").sees("read escape sequence");
      assertEquals(0, s.ends());
    }
    assertEquals("running\n", phyllo.run("inspect", "--format", "{{.State.Status}}", "term").out());
    // The supervisor may die: its terminal is kept by another.
    phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    try (Session s = new Session("attach", "--detach-keys", "ctrl-a,q", "term")) {
      Thread.sleep(500);
      s.resizes(44, 99).types("\n").sees("# ").types("stty size\n").sees("44 99");
      s.types("echo $((6*8))\n").sees("48").types("\u0001q").sees("read escape sequence");
      assertEquals(0, s.ends());
    }
    try (Session s = new Session("attach", "term")) {
      s.types("\n").sees("# ").types("exit 6\n");
      assertEquals(6, s.ends());
    }
    String log = phyllo.run("logs", "term").out();
    assertTrue(log.contains("42 xterm\r\n") && log.contains("48\r\n"), log);
    assertEquals(0, phyllo.run("rm", "term").status());
  }

  @Test
  void oneMoreProcessHasATerminalOfItsOwnToo() throws Exception {
    assertEquals(
        0,
        phyllo
            .run("run", "-d", "--name", "more", "--network", "none", "box:1", "sleep", "60")
            .status());
    try (Session s = new Session("exec", "-it", "more", "sh")) {
      s.sees("# ").types("tty; stty size\n").sees("/dev/pts/0\r\n33 77\r\n");
      s.resizes(20, 30);
      Thread.sleep(300);
      s.types("stty size; exit 8\n").sees("20 30");
      assertEquals(8, s.ends());
    }
    assertEquals(0, phyllo.run("rm", "-f", "more").status());
  }

  /** Writes much more than a terminal holds, and how far it has come to a file. */
  private static final String TALKER =
      "n=0; while [ $n -lt 400 ]; do n=$((n+1)); printf 'tick %0999d\\n' $n; echo $n > /$0; done;"
          + " sleep 60";

  private static void awaitNumber(String file, int least) throws Exception {
    String seen = "";
    for (int i = 0; i < 300; i++) {
      seen = phyllo.run("exec", "on", "cat", file).out().strip();
      if (!seen.isEmpty() && Integer.parseInt(seen) >= least) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError(file + ": " + seen);
  }

  @Test
  void oneMoreProcessGoesOnWhenWhoeverWatchedItGoesAway() throws Exception {
    assertEquals(
        0,
        phyllo
            .run("run", "-d", "--name", "on", "--network", "none", "box:1", "sleep", "600")
            .status());
    try (Session s = new Session("exec", "-it", "on", "sh", "-c", TALKER, "left")) {
      s.sees("tick ").types("\u0010\u0011").sees("read escape sequence");
      assertEquals(0, s.ends());
    }
    awaitNumber("/left", 400);
    try (Session s =
        new Session(
            "exec", "-it", "--detach-keys", "ctrl-a,d", "on", "sh", "-c", TALKER, "killed")) {
      s.sees("tick ").types("\u0010\u0011");
      s.child.signal(9);
      s.child.waitFor();
    }
    awaitNumber("/killed", 400);
    try (Session s = new Session("exec", "-it", "on", "sh", "-c", TALKER, "hung")) {
      s.sees("tick ");
      s.child.signal(1);
      assertEquals(128 + 1, s.ends());
    }
    awaitNumber("/hung", 400);
    // A terminal that nobody ever looks at.
    assertEquals(0, phyllo.run("exec", "-d", "-t", "on", "sh", "-c", TALKER, "beside").status());
    awaitNumber("/beside", 400);
    String top = phyllo.run("top", "on").out();
    assertEquals(4, top.lines().filter(l -> l.endsWith("sleep 60")).count(), top);
    String id = phyllo.run("inspect", "--format", "{{.Id}}", "on").out().strip();
    assertEquals(0, phyllo.run("rm", "-f", "on").status());
    for (int i = 0; i < 200 && isThere("phyllo-exec " + id); i++) {
      Thread.sleep(50);
    }
    assertEquals(false, isThere("phyllo-exec " + id), "keepers end with their processes");
  }

  private static boolean isThere(String commandLine) {
    return ProcessHandle.allProcesses()
        .anyMatch(p -> {
          try {
            return Files.readString(Path.of("/proc/" + p.pid() + "/cmdline"))
                .startsWith(commandLine);
          } catch (java.io.IOException e) {
            return false;
          }
        });
  }

  @Test
  void oneMoreProcessWithoutATerminalGoesOnToo() throws Exception {
    assertEquals(
        0,
        phyllo
            .run("run", "-d", "--name", "go", "--network", "none", "box:1", "sleep", "600")
            .status());
    Phyllo.Call call =
        phyllo.start(
            "",
            "exec",
            "go",
            "sh",
            "-c",
            "echo up; while ! [ -e /go ]; do sleep 0.05; done; echo on; echo done > /done");
    for (int i = 0; i < 1500 && !call.output().equals("up\n"); i++) {
      Thread.sleep(20);
    }
    call.process().destroyForcibly().waitFor();
    assertEquals(0, phyllo.run("exec", "go", "touch", "/go").status());
    String done = "";
    for (int i = 0; i < 200 && !done.equals("done\n"); i++) {
      done = phyllo.run("exec", "go", "cat", "/done").out();
    }
    assertEquals("done\n", done);
    assertEquals("up\non\n", call.output());
    // Keys at a terminal that is read but not the process' own; its end is the process' end.
    try (Session s = new Session("exec", "-i", "go", "sh", "-c", "read a; echo got $a; cat")) {
      s.types("typed\n").sees("got typed").types("\u0004");
      assertEquals(0, s.ends());
    }
    assertEquals(
        137, phyllo.run("exec", "go", "sh", "-c", "kill -9 $$").status(), "ended by a signal");
    assertEquals(127, phyllo.run("exec", "go", "nosuch").status());
    assertEquals(126, phyllo.run("exec", "go", "/etc/passwd").status());
    assertEquals(0, phyllo.run("pause", "go").status());
    Result paused = phyllo.run("exec", "-d", "go", "true");
    assertEquals(1, paused.status());
    assertTrue(paused.err().contains("paused"), paused.err());
    assertEquals(0, phyllo.run("rm", "-f", "go").status());
  }

  @Test
  void whereThereIsNoTerminalNoneIsGiven() throws Exception {
    Result r = phyllo.run("run", "-it", "--rm", "--network", "none", "box:1", "true");
    assertEquals(2, r.status());
    assertTrue(r.err().contains("not a terminal"), r.err());
    assertEquals(
        "/dev/pts/0\r\n",
        phyllo.run("run", "-t", "--rm", "--network", "none", "box:1", "tty").out());
  }
}

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

    /** The exit status; the terminal is as it was before. */
    int ends() {
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

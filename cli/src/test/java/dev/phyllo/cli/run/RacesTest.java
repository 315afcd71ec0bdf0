package dev.phyllo.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.cli.run.Phyllo.Result;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ways out of containers that are open for a moment only. */
class RacesTest {
  private static final int EXCHANGE = 2;
  private static final long MILLIS = 5_000;

  @TempDir static Path dir;
  private static Box box;

  @BeforeAll
  static void load() throws Exception {
    box = Box.make(dir);
  }

  @AfterAll
  static void noSupervisorStays() {
    if (box != null) {
      box.phyllo.supervisor().ifPresent(ProcessHandle::destroyForcibly);
    }
  }

  /**
   * CVE-2021-30465: a container exchanges a directory of a volume for a link while another starts
   * that has the same volume and a mount below that directory. Between the look at the path and the
   * mount the link led out of the root, and the mount was made there.
   */
  @Test
  void cve_2021_30465_aMountBelowAVolumeIsNeverOutsideOfTheRoot() throws Exception {
    Path volume = Files.createDirectories(dir.resolve("volume"));
    Path outside = Files.createDirectories(dir.resolve("outside"));
    Path source = Files.createDirectories(dir.resolve("mounted-below"));
    Files.createDirectories(volume.resolve("a"));
    Files.createSymbolicLink(volume.resolve("b"), outside);
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong exchanges = new AtomicLong();
    Thread exchanger = Thread.ofPlatform().daemon().start(() -> exchange(volume, over, exchanges));
    List<Result> results = new ArrayList<>();
    long end = System.nanoTime() + MILLIS * 1_000_000;
    try {
      while (System.nanoTime() < end || results.size() < 12) {
        // Two at a time: each may meet the other's half-made directories, too.
        List<Phyllo.Call> calls = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          calls.add(
              box.phyllo.start(
                  "",
                  "run",
                  "--rm",
                  "--network",
                  "none",
                  "-v",
                  volume + ":/v",
                  "-v",
                  source + ":/v/a/deep/place",
                  "box:1",
                  "grep",
                  "-c",
                  source.getFileName().toString(),
                  "/proc/self/mountinfo"));
        }
        for (Phyllo.Call call : calls) {
          results.add(call.await());
        }
      }
    } finally {
      over.set(true);
      exchanger.join();
    }
    assertTrue(exchanges.get() > 100, "exchanges: " + exchanges);
    int started = 0;
    for (Result r : results) {
      if (r.status() == 125) {
        assertTrue(r.err().startsWith("phyllo: container "), r.err()); // the race was seen
      } else {
        // What is not below the root would not be in this list.
        assertEquals("1\n", r.out(), r.err());
        started++;
      }
    }
    assertTrue(started > 0, results.getFirst().err());
    try (Stream<Path> found = Files.list(outside)) {
      assertEquals(List.of(), found.toList());
    }
    assertFalse(
        Files.readString(Path.of("/proc/self/mountinfo")).contains("mounted-below"),
        "a mount is left");
    box.assertNothingIsLeft();
  }

  private static void exchange(Path volume, AtomicBoolean over, AtomicLong exchanges) {
    byte[] a = volume.resolve("a").toString().getBytes(StandardCharsets.UTF_8);
    byte[] b = volume.resolve("b").toString().getBytes(StandardCharsets.UTF_8);
    while (!over.get()) {
      if (FileCalls.tryRenameat2(Fd.CWD, a, Fd.CWD, b, EXCHANGE) == 0) {
        exchanges.incrementAndGet();
      }
      LockSupport.parkNanos(20_000);
    }
  }

  /**
   * CVE-2016-9962: a process that enters a container was seen by those in it while it still had the
   * runtime's descriptors and memory, and could be traced.
   */
  @Test
  void cve_2016_9962_aProcessThatEntersShowsNothingOfTheEngine() throws Exception {
    assertNothingIsSeen();
  }

  /** The same for who may trace everybody: by then it is a small program in memory. */
  @Test
  void cve_2016_9962_norToWhoMayTraceEverybody() throws Exception {
    assertNothingIsSeen("--cap-add", "SYS_PTRACE");
  }

  /** The same where its root may trace everybody in its own user namespace. */
  @Test
  void cve_2016_9962_norToWhoMayTraceInAUserNamespaceOfItsOwn() throws Exception {
    Result mapped = box.run("true", "--user-ns", "auto");
    org.junit.jupiter.api.Assumptions.assumeTrue(mapped.status() == 0, mapped.err());
    assertNothingIsSeen("--user-ns", "auto", "--cap-add", "SYS_PTRACE");
  }

  /** A container looks at every process that there is, over and over, while others enter it. */
  private static void assertNothingIsSeen(String... options) throws Exception {
    String spy =
        "while :; do for p in /proc/[0-9]*; do [ $p = /proc/1 ] && continue;"
            + " cat $p/maps; readlink $p/exe $p/cwd $p/root $p/fd/*; done 2>/dev/null |"
            + " grep -i -e java -e jdk -e jvm -e jar -e socket: -e cgroup -e phyllo/ -e "
            + dir.getFileName()
            + " >> /seen; echo x >> /turns; done";
    List<String> words = new ArrayList<>(List.of("run", "-d", "--name", "spy"));
    words.addAll(List.of(options));
    words.addAll(List.of("--network", "none", "box:1", "sh", "-c", spy));
    Result started = box.phyllo.run(words.toArray(String[]::new));
    assertEquals(0, started.status(), started.err());
    try {
      for (int i = 0; i < 10; i++) {
        assertEquals(0, box.phyllo.run("exec", "spy", "true").status());
      }
      Result r = box.phyllo.run("exec", "spy", "sh", "-c", "cat /seen; wc -l < /turns");
      String[] lines = r.out().strip().split("\n", -1);
      assertEquals(1, lines.length, r.out());
      assertTrue(Integer.parseInt(lines[0]) > 5, "turns: " + lines[0]);
    } finally {
      assertEquals(0, box.phyllo.run("rm", "-f", "spy").status());
    }
  }
}

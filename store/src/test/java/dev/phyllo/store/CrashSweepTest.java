package dev.phyllo.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process is stopped at every step that changes the disk; the store is whole each time. */
@Timeout(300)
class CrashSweepTest {
  private static final String OLD = "docker.io/library/old:latest";
  private static final String NEW = "docker.io/library/new:latest";

  @TempDir Path root;

  @Test
  void loadingIntoAnEmptyStoreSurvivesACrashAtEveryStep() throws Exception {
    int n = 1;
    while (crashes(root.resolve("s" + n), n, "load", "new", "two")) {
      TestStore store = new TestStore(root.resolve("s" + n));
      store.verifyEverythingListed();
      assertTrue(List.of(List.of(), List.of(NEW)).contains(store.names()), "crash " + n);
      retry(store);
      assertEquals(List.of(NEW), store.names());
      n++;
    }
    assertTrue(n > 20, "only " + n + " steps");
  }

  @Test
  void loadingBesideAnImageSurvivesACrashAtEveryStep() throws Exception {
    int n = 1;
    while (true) {
      TestStore store = new TestStore(root.resolve("s" + n));
      store.add("old", "one");
      if (!crashes(root.resolve("s" + n), n, "load", "new", "two")) {
        break;
      }
      store.verifyEverythingListed();
      assertTrue(List.of(List.of(OLD), List.of(NEW, OLD)).contains(store.names()), "crash " + n);
      retry(store);
      assertEquals(List.of(NEW, OLD), store.names());
      n++;
    }
    assertTrue(n > 10, "only " + n + " steps");
  }

  @Test
  void removingANameSurvivesACrashAtEveryStep() throws Exception {
    int n = 1;
    while (true) {
      TestStore store = new TestStore(root.resolve("s" + n));
      store.add("old", "one");
      if (!crashes(root.resolve("s" + n), n, "remove", "old")) {
        break;
      }
      store.verifyEverythingListed();
      retry(store);
      assertEquals(List.of(NEW, OLD).subList(0, store.names().size()), store.names());
      n++;
    }
    assertTrue(n > 3, "only " + n + " steps");
  }

  @Test
  void aProcessKilledAtARandomMomentLeavesAWholeStore() throws Exception {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("CrashSweepTest: replay with -Dphyllo.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 8; i++) {
      Path dir = root.resolve("s" + i);
      TestStore store = new TestStore(dir);
      store.add("old", "one");
      Process a = OtherProcess.start(List.of(), "load", dir.toString(), "new", "two");
      Process b = OtherProcess.start(List.of(), "load", dir.toString(), "new", "two");
      a.waitFor(50 + random.nextInt(300), TimeUnit.MILLISECONDS);
      a.destroyForcibly().waitFor();
      assertEquals(0, b.waitFor(), "the other one is not disturbed");
      store.verifyEverythingListed();
      assertEquals(List.of(NEW, OLD), store.names());
      retry(store);
    }
  }

  /** The same work succeeds afterwards and the garbage of the crash can be removed. */
  private static void retry(TestStore store) throws Exception {
    store.add("new", "two");
    store.content.removeStaleIngests();
    store.verifyEverythingListed();
    assertEquals(List.of(), TestStore.filesIn(store.dirs.ingest()));
    assertEquals(List.of("images", "ingest"), TestStore.filesIn(store.dirs.locks()));
    // Temporary files of index.json go with the next change.
    store.images.remove("new");
    store.add("new", "two");
    assertEquals(
        List.of("blobs", "index.json", "ingest", "oci-layout"),
        TestStore.filesIn(store.dirs.content()));
  }

  /** Runs the command in a process that crashes at step n; whether it came to that step. */
  private static boolean crashes(Path dir, int n, String command, String... arguments)
      throws Exception {
    String[] all = new String[arguments.length + 2];
    all[0] = command;
    all[1] = dir.toString();
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    int status = OtherProcess.start(List.of("-Ddev.phyllo.crashAfter=" + n), all).waitFor();
    if (status != 0) {
      assertEquals(CrashPoints.EXIT_STATUS, status);
    }
    return status != 0;
  }
}

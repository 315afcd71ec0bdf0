package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Collecting and loading at the same time, in one process and in several. For some seconds; {@code
 * -Dphyllo.seconds=60} for longer.
 */
@Timeout(600)
class GcDuringLoadTest {
  private static final int SECONDS = Integer.getInteger("phyllo.seconds", 6);

  @TempDir Path dir;

  @Test
  void collectingNeverBreaksALoadAndNeitherWaitsForTheOthersEnd() throws Exception {
    TestImages.assumeRoot();
    Path root = dir.resolve("store/root");
    Phyllo engine = Phyllo.open(EngineOptions.at(root));
    byte[] base = TestImages.layer("base", 20, 20_000);
    engine.load(LoadRequest.of(layout("kept", base, TestImages.layer("k", 3, 100))));
    Map<String, String> before = TestImages.tree(root);

    // Both share the base, and each takes its own layers away again and again.
    Path here = layout("here", base, TestImages.layer("h", 10, 50_000));
    Path there = layout("there", base, TestImages.layer("t", 10, 50_000));
    Process other =
        EngineProcess.start(root, List.of(), "load-and-remove", there.toString(), SECONDS + "");
    long end = System.nanoTime() + SECONDS * 1_000_000_000L;
    int collections = 0;
    long longest = 0;
    int rounds;
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Callable<Integer> loading = () -> loadAndRemove(engine, here, end);
      Future<Integer> loaded = threads.submit(loading);
      while (System.nanoTime() < end) {
        long start = System.nanoTime();
        Phyllo.open(EngineOptions.at(root)).gc();
        longest = Math.max(longest, System.nanoTime() - start);
        collections++;
      }
      rounds = loaded.get();
    }
    assertEquals(0, other.waitFor(), Files.readString(root.resolveSibling("out")));
    System.out.println(
        "GcDuringLoadTest: "
            + collections
            + " collections, the longest "
            + longest / 1_000_000
            + " ms, beside "
            + rounds
            + " loads here; there "
            + Files.readString(root.resolveSibling("out")).strip());
    assertTrue(collections > 3 && rounds > 0);
    engine.gc();
    assertEquals(before, TestImages.tree(root));
  }

  private static int loadAndRemove(Phyllo engine, Path layout, long end) {
    int rounds = 0;
    while (System.nanoTime() < end) {
      String name = engine.load(LoadRequest.of(layout)).getFirst().names().getFirst();
      for (Verified level : engine.verify(name)) {
        assertTrue(level.isWhole(), level.toString());
      }
      engine.remove(name, true);
      rounds++;
    }
    return rounds;
  }

  private Path layout(String name, byte[]... layers) throws Exception {
    return TestImages.layout(dir.resolve(name), name, layers);
  }
}

package dev.phyllo.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.containers.Container;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.Image;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An engine is stopped after a step that changes the disk, at any of them, or killed at any moment
 * beside another. Afterwards the store opens, everything listed verifies, the work succeeds when it
 * is done again, a collection leaves exactly what a store has that was never disturbed, and nothing
 * is mounted.
 *
 * <p>Some steps, chosen at random, are tried; with {@code -Dphyllo.sweep=full} all of them.
 */
@Timeout(3600)
class EngineCrashTest {
  private static final boolean FULL = "full".equals(System.getProperty("phyllo.sweep"));
  private static final int SAMPLE = 12;

  @TempDir Path dir;
  private Path template;
  private Path one;
  private Path two;
  private long seed;
  private Random random;

  @BeforeEach
  void prepare() throws IOException {
    TestImages.assumeRoot();
    seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("EngineCrashTest: replay with -Dphyllo.seed=" + seed);
    random = new Random(seed);
    byte[] base = TestImages.layer("base", 3, 3000);
    one = TestImages.layout(dir.resolve("one"), "one", base, TestImages.layer("a", 3, 100));
    two = TestImages.layout(dir.resolve("two"), "two", base, TestImages.layer("b", 4, 2000));
    template = dir.resolve("template/root");
    engine(template).load(LoadRequest.of(one));
  }

  private static Phyllo engine(Path root) {
    return Phyllo.open(EngineOptions.at(root));
  }

  @Test
  void aLoadSurvivesACrashAtAnyStep() throws Exception {
    sweep(30, "load", two.toString());
  }

  @Test
  void removingAnImageSurvivesACrashAtAnyStep() throws Exception {
    engine(template).load(LoadRequest.of(two));
    sweep(10, "rmi", "two");
  }

  @Test
  void aCollectionSurvivesACrashAtAnyStep() throws Exception {
    Phyllo engine = engine(template);
    engine.load(LoadRequest.of(two));
    engine.names().remove("two");
    sweep(5, "gc");
  }

  @Test
  void aCommitSurvivesACrashAtAnyStep() throws Exception {
    Phyllo engine = engine(template);
    Image image = engine.imageReader().find("one");
    Container container =
        engine
            .containers()
            .create(
                RunSpecs.merge(
                    new RunRequest("one", List.of("/x")),
                    image.name(),
                    engine.unpacking().of(image),
                    engine.image("one").config()),
                Optional.of("ctr"),
                false);
    engine
        .snapshotter()
        .prepare(
            container.id(),
            container.spec().image().chainId().map(Object::toString),
            Map.of("phyllo.container", "ctr"),
            true);
    Files.writeString(
        engine.snapshotter().layerDirectory(container.id()).resolve("written"), "kept");
    sweep(20, "commit", "ctr");
  }

  /** Does the work in processes that die, each at another step. */
  private void sweep(int leastSteps, String... work) throws Exception {
    List<String> mounts = mounts();
    Path calm = copy("calm");
    assertEquals(0, run(calm, List.of("-Ddev.phyllo.crashAfter=1000000000"), with(work, "count")));
    int steps = counted(calm);
    assertTrue(steps >= leastSteps, "only " + steps + " steps");
    engine(calm).gc();
    Map<String, String> expected = TestImages.tree(calm);
    int tried = 0;
    for (int step : steps(steps)) {
      Path root = copy("step" + step);
      int status = run(root, List.of("-Ddev.phyllo.crashAfter=" + step), work);
      // Threads take their steps in any order, so the last ones may not be reached.
      assertTrue(status == CrashPoints.EXIT_STATUS || status == 0, said(root));
      check(root, expected, "after step " + step + " of " + steps + ", seed " + seed, work);
      tried++;
    }
    System.out.println("EngineCrashTest: " + work[0] + " has " + steps + " steps, tried " + tried);
    assertEquals(mounts, mounts(), "nothing is left mounted");
  }

  private Iterable<Integer> steps(int count) {
    TreeSet<Integer> steps = new TreeSet<>();
    if (FULL) {
      for (int i = 1; i <= count; i++) {
        steps.add(i);
      }
      return steps;
    }
    steps.add(count - 1);
    while (steps.size() < Math.min(count, SAMPLE)) {
      steps.add(1 + random.nextInt(count));
    }
    return steps;
  }

  @Test
  void twoAtOnceSurviveOneBeingKilledAtAnyMoment() throws Exception {
    List<String> mounts = mounts();
    Path calm = copy("calm");
    assertEquals(0, run(calm, List.of(), "load", two.toString()));
    engine(calm).gc();
    Map<String, String> expected = TestImages.tree(calm);
    String[][] others = {{"load", two.toString()}, {"gc"}, {"load", one.toString()}};
    for (int i = 0; i < (FULL ? 60 : 6); i++) {
      Path root = copy("kill" + i);
      String[] other = others[i % others.length];
      Process killed = EngineProcess.start(root, List.of(), "load", two.toString());
      Process lives = EngineProcess.start(root, List.of(), other);
      killed.waitFor(300 + random.nextInt(900), TimeUnit.MILLISECONDS);
      killed.destroyForcibly().waitFor();
      assertEquals(0, lives.waitFor(), said(root));
      check(root, expected, other[0] + " beside, round " + i + ", seed " + seed, "load", two + "");
    }
    assertEquals(mounts, mounts(), "nothing is left mounted");
  }

  private void check(Path root, Map<String, String> expected, String when, String... work)
      throws Exception {
    Phyllo engine = engine(root);
    for (Image image : engine.names().list()) {
      for (Verified level : engine.verify(image.name())) {
        assertTrue(level.isWhole(), when + ": " + image.name() + ": " + level);
      }
    }
    engine.images();
    try {
      again(engine, root, work);
    } catch (PhylloException e) {
      throw new AssertionError(when + ": doing it again failed: " + e.getMessage(), e);
    }
    engine.gc();
    assertEquals("", TestImages.difference(expected, TestImages.tree(root)), when);
    List<Finding> findings = engine.doctor(false, false);
    assertTrue(findings.stream().noneMatch(Finding::isBroken), when + ": " + findings);
    delete(java.util.Objects.requireNonNull(root.getParent()));
  }

  private void again(Phyllo engine, Path root, String... work) throws Exception {
    switch (work[0]) {
      case "load" -> engine.load(LoadRequest.of(Path.of(work[1])));
      case "gc" -> engine.gc();
      case "rmi" -> {
        boolean named = engine.names().list().stream().anyMatch(i -> i.name().contains(work[1]));
        if (named) {
          engine.remove(work[1], true);
        }
      }
      default -> assertEquals(0, run(root, List.of(), work), said(root));
    }
  }

  // Small things.

  private static String[] with(String[] work, String more) {
    List<String> words = new ArrayList<>(List.of(work));
    words.add(more);
    return words.toArray(String[]::new);
  }

  private static int run(Path root, List<String> options, String... words) throws Exception {
    return EngineProcess.start(root, options, words).waitFor();
  }

  private static String said(Path root) throws IOException {
    Path out = root.resolveSibling("out");
    return Files.exists(out) ? Files.readString(out) : "";
  }

  private static int counted(Path root) throws IOException {
    for (String line : said(root).lines().toList()) {
      if (line.startsWith("points ")) {
        return Integer.parseInt(line.substring("points ".length()));
      }
    }
    throw new AssertionError(said(root));
  }

  private Path copy(String name) throws Exception {
    Path to = Files.createDirectories(dir.resolve(name)).resolve("root");
    int status =
        new ProcessBuilder("cp", "-a", template.toString(), to.toString())
            .inheritIO()
            .start()
            .waitFor();
    assertEquals(0, status);
    return to;
  }

  private static void delete(Path tree) throws Exception {
    new ProcessBuilder("rm", "-rf", tree.toString()).inheritIO().start().waitFor();
  }

  /** The mounts at or of this test's own directory: others may mount on this machine too. */
  private List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.contains(dir.toString()))
        .toList();
  }
}

package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.oci.Digest;
import dev.phyllo.snapshots.TestSpace.TestImage;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.Unpacked;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that unpacks is stopped at every step that changes the store, and at random moments:
 * the store opens, what is committed is complete, the same work succeeds when tried again, and
 * clearing up leaves nothing but the image.
 */
@Timeout(600)
class UnpackCrashTest {
  @TempDir Path temp;

  @BeforeEach
  void needs() {
    Needs.overlay(temp);
  }

  private static byte[] layer(String name, int files) {
    Archive archive = new Archive().dir(name);
    for (int i = 0; i < files; i++) {
      archive.file(name + "/" + i, name + i);
    }
    return archive.bytes();
  }

  private static TestImage image(TestSpace space, int files) {
    return space.image(layer("a", files), layer("b", files), new Archive().empty(".wh.a").bytes());
  }

  @Test
  void aCrashAtEveryStepLeavesAStoreThatIsWhole() throws Exception {
    String expected = "";
    for (int n = 1; ; n++) {
      Path root = temp.resolve("s" + n);
      TestSpace space = new TestSpace(root);
      TestImage image = image(space, 3);
      Process process = UnpackProcess.start(root, image, List.of("-Ddev.phyllo.crashAfter=" + n));
      process.getInputStream().readAllBytes();
      int status = process.waitFor();
      assertTrue(status == 0 || status == CrashPoints.EXIT_STATUS, "status " + status);
      String text = checkAndRetry(space, image, "crash " + n);
      expected = expected.isEmpty() ? text : expected;
      assertEquals(expected, text, "crash " + n);
      if (status == 0) {
        assertTrue(n > 15, "only " + n + " steps");
        return;
      }
      if (n % 2 == 0) {
        Trees.remove(root);
      }
    }
  }

  @Test
  void killsAtRandomMomentsLeaveAStoreThatIsWhole() throws Exception {
    long seed = Long.getLong("phyllo.seed", System.nanoTime());
    System.out.println("UnpackCrashTest: replay with -Dphyllo.seed=" + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 4; i++) {
      Path root = temp.resolve("k" + i);
      TestSpace space = new TestSpace(root);
      TestImage image = image(space, 1000);
      Process one = UnpackProcess.start(root, image, List.of("-Dkilled=true"));
      Process two = UnpackProcess.start(root, image, List.of("-Dkilled=true"));
      TimeUnit.MILLISECONDS.sleep(200 + random.nextInt(800));
      one.destroyForcibly();
      if (random.nextBoolean()) {
        two.destroyForcibly();
      }
      one.waitFor();
      two.waitFor();
      checkAndRetry(space, image, "kill " + i);
    }
  }

  /** Everything that must hold after a crash; returns the image's tree as text. */
  private static String checkAndRetry(TestSpace space, TestImage image, String when)
      throws Exception {
    Optional<Unpacked> recorded = space.records.find("overlayfs", image.digest());
    List<SnapshotInfo> left = space.snapshots.list();
    if (recorded.isPresent()) {
      for (Digest chainId : recorded.get().chainIds()) {
        assertEquals(Kind.COMMITTED, space.snapshots.stat(chainId.toString()).kind(), when);
      }
    }
    String before = "";
    for (SnapshotInfo info : left) {
      assertTrue(info.kind() == Kind.COMMITTED || info.key().startsWith(Unpacker.KEY_PREFIX), when);
      if (info.kind() == Kind.COMMITTED) {
        before += info.key() + TreeText.textOf(space.snapshots.layerDirectory(info.key()));
      }
    }
    Unpacked unpacked = space.unpack(image);
    String after = "";
    for (SnapshotInfo info : left) {
      if (info.kind() == Kind.COMMITTED) { // was complete: nobody touched it again
        after += info.key() + TreeText.textOf(space.snapshots.layerDirectory(info.key()));
      }
    }
    assertEquals(before, after, when);
    assertEquals(0, space.unpacker.removeAbandoned(), when);
    space.snapshots.cleanup();
    assertEquals(List.of(), space.snapshots.garbage(), when);
    assertEquals(
        unpacked.chainIds().stream().map(Digest::toString).sorted().toList(), space.keys(), when);
    String top = unpacked.chainIds().getLast().toString();
    List<Mount> mounts = space.snapshots.view("look", Optional.of(top), Map.of(), false);
    try (MountedTree tree = MountedTree.of(mounts)) {
      return TreeText.text(TreeText.of(tree.root(), false));
    } finally {
      space.snapshots.remove("look");
    }
  }

  @Test
  void whatAKilledProcessLeftIsRemovedWithoutUnpackingAgain() throws Exception {
    TestSpace space = new TestSpace(temp.resolve("root"));
    TestImage image = image(space, 3);
    Process process =
        UnpackProcess.start(temp.resolve("root"), image, List.of("-Ddev.phyllo.crashAfter=28"));
    process.getInputStream().readAllBytes();
    assertEquals(CrashPoints.EXIT_STATUS, process.waitFor());
    int left = space.snapshots.list().size();
    assertTrue(left > 0);
    assertEquals(left, space.unpacker.removeAbandoned());
    space.snapshots.cleanup();
    assertEquals(List.of(), space.snapshots.list());
    assertEquals(List.of(), space.snapshots.garbage());
  }
}

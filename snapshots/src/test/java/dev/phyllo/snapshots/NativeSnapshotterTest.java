package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The contract for plain copies, and what is theirs alone. */
class NativeSnapshotterTest extends SnapshotterContract {
  @Override
  Snapshotter open(Path root) {
    return new TestSpace(root, NativeSnapshotter.NAME).snapshots;
  }

  private Path base() {
    return temp.resolve("root/ns/default/snapshots/native");
  }

  @Test
  void theMountsAreBindMounts() throws IOException {
    layer("A", NONE, NOTHING);
    assertEquals(
        "mount -o bind,rw " + base() + "/2/fs /mnt",
        snapshots.prepare("k", Optional.of("A"), Map.of(), true).getFirst().command("/mnt"));
    assertEquals(
        "mount -o bind,ro " + base() + "/1/fs /mnt",
        snapshots.view("v", Optional.of("A"), Map.of(), true).getFirst().command("/mnt"));
    assertEquals(List.of(base().resolve("2/fs")), snapshots.layerDirectories("k"));
    assertEquals(List.of(base().resolve("1/fs")), snapshots.layerDirectories("v"));
  }

  @Test
  void usageCountsTheWholeCopy() throws IOException {
    layer("base", NONE, tree -> write(tree, "one", "x"));
    layer("top", Optional.of("base"), tree -> write(tree, "two", "x"));
    assertEquals(2, snapshots.usage("base").inodes());
    assertEquals(3, snapshots.usage("top").inodes());
  }

  @Test
  void holesStayHolesInACopy() throws IOException {
    layer("one", NONE, Specimens::make);
    snapshots.prepare("k", Optional.of("one"), Map.of(), false);
    long parent = blocks("one");
    assertTrue(parent * 512 < Specimens.HOLE, "the file system knows no holes");
    assertEquals(parent, blocks("k"));
  }

  private long blocks(String key) {
    byte[] sparse = Trees.bytes(snapshots.layerDirectory(key).resolve("sparse").toString());
    return FileCalls.statx(Fd.CWD, sparse, At.SYMLINK_NOFOLLOW).blocks();
  }

  @Test
  void aDirectoryDeeperThanAnyPathIsCopied() throws IOException {
    int depth = 2500;
    String name = "d2345";
    layer(
        "one",
        NONE,
        tree ->
            MountedTree.shell(
                tree,
                "echo x > f; i=0; while [ $i -lt "
                    + depth
                    + " ]; do mkdir "
                    + name
                    + " && cd -P "
                    + name
                    + "; i=$((i+1)); done; echo deep > g; ln g h"));
    try {
      snapshots.prepare("k", Optional.of("one"), Map.of(), false);
      assertEquals(depth + 3, snapshots.usage("one").inodes());
      assertEquals(snapshots.usage("one").inodes(), snapshots.usage("k").inodes());
      snapshots.remove("k");
    } finally {
      snapshots.remove("one"); // a plain walk of the temporary directory would not get to its end
    }
  }

  @Test
  void aParentIsGivenWhenPreparedOrNever() throws IOException {
    layer("A", NONE, NOTHING);
    active("k", NONE, NOTHING);
    assertFalse(snapshots.canRebase());
    assertThrows(
        UnsupportedException.class, () -> snapshots.commit("B", "k", Optional.of("A"), Map.of()));
    assertEquals(Kind.ACTIVE, snapshots.stat("k").kind());
  }

  @Test
  void aMissingParentDirectoryIsDamageAndLeavesNothingBehind() throws IOException {
    layer("one", NONE, NOTHING);
    Trees.remove(base().resolve("1"));
    assertThrows(
        CorruptException.class, () -> snapshots.prepare("k", Optional.of("one"), Map.of(), false));
    assertEquals(List.of(), snapshots.garbage());
    assertThrows(NotFoundException.class, () -> snapshots.stat("k"));
  }

  @Test
  void copiesUnderWayAreNoGarbage() throws Exception {
    layer(
        "one",
        NONE,
        tree -> {
          for (int i = 0; i < 300; i++) {
            write(tree, "d" + i + "/f", "x");
          }
        });
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      Future<?> collector =
          threads.submit(() -> {
            for (int i = 0; i < 20; i++) {
              assertEquals(0, open(temp.resolve("root")).cleanup());
            }
          });
      List<Future<?>> copies = new java.util.ArrayList<>();
      for (int i = 0; i < 6; i++) {
        String key = "k" + i;
        copies.add(
            threads.submit(() ->
                open(temp.resolve("root")).prepare(key, Optional.of("one"), Map.of(), false)));
      }
      for (Future<?> copy : copies) {
        copy.get();
      }
      collector.get();
    }
    assertEquals(7, snapshots.list().size());
    for (int i = 0; i < 6; i++) {
      assertEquals(601, snapshots.usage("k" + i).inodes());
      assertTrue(Files.exists(snapshots.layerDirectory("k" + i).resolve("d299/f")));
    }
  }
}

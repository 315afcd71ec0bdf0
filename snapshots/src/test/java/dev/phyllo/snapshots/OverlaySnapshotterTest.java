package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.linux.Fd;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.NotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The contract for overlayfs, and what is overlayfs' own. */
class OverlaySnapshotterTest extends SnapshotterContract {
  @Override
  Snapshotter open(Path root) {
    return new TestSpace(root).snapshots;
  }

  private Path base() {
    return temp.resolve("root/ns/default/snapshots/overlayfs");
  }

  @Test
  void theMountsAreThoseOfTheDocumentation() throws IOException {
    String base = base().toString();
    String index =
        Files.exists(Path.of("/sys/module/overlay/parameters/index")) ? ",index=off" : "";
    assertEquals(
        "mount -o bind,rw " + base + "/1/fs /mnt",
        snapshots.prepare("a", NONE, Map.of(), true).getFirst().command("/mnt"));
    snapshots.commit("A", "a", NONE, Map.of());
    assertEquals(
        "mount -o bind,ro " + base + "/1/fs /mnt",
        snapshots.view("v", Optional.of("A"), Map.of(), true).getFirst().command("/mnt"));
    layer("B", Optional.of("A"), NOTHING);
    assertEquals(
        "mount -t overlay overlay -o lowerdir="
            + base
            + "/3/fs:"
            + base
            + "/1/fs,upperdir="
            + base
            + "/4/fs,workdir="
            + base
            + "/4/work"
            + index
            + " /mnt",
        snapshots.prepare("c", Optional.of("B"), Map.of(), true).getFirst().command("/mnt"));
    assertEquals(
        "mount -t overlay overlay -o ro,lowerdir="
            + base
            + "/3/fs:"
            + base
            + "/1/fs"
            + index
            + " /mnt",
        snapshots.view("w", Optional.of("B"), Map.of(), true).getFirst().command("/mnt"));
  }

  @Test
  void usageCountsTheSnapshotsOwnFilesOnly() throws IOException {
    layer("base", NONE, tree -> write(tree, "big", "x".repeat(1 << 20)));
    active("k", Optional.of("base"), tree -> write(tree, "small", "x"));
    Usage base = snapshots.usage("base");
    assertEquals(2, base.inodes());
    assertTrue(base.bytes() >= 1 << 20, base.toString());
    assertEquals(2, snapshots.usage("k").inodes());
    assertTrue(snapshots.usage("k").bytes() < 1 << 20, snapshots.usage("k").toString());
    snapshots.commit("n", "k", NONE, Map.of());
    assertEquals(2, snapshots.usage("n").inodes());
  }

  @Test
  void fiveHundredSnapshotsAreMergedLayerByLayerAndByShortNames() throws IOException {
    List<Commit> commits = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      snapshots.prepare("a" + i, NONE, Map.of(), false);
      Files.writeString(snapshots.layerDirectory("a" + i).resolve("f" + i), "x" + i);
      Optional<String> parent = i == 0 ? NONE : Optional.of("l" + (i - 1));
      commits.add(new Commit("l" + i, "a" + i, parent, Map.of(), Optional.of(Usage.NONE)));
    }
    snapshots.commitAll(commits);
    List<Mount> active = snapshots.prepare("k", Optional.of("l499"), Map.of(), false);
    List<Mount> view = snapshots.view("v", Optional.of("l499"), Map.of(), false);
    Path place = Files.createDirectory(temp.resolve("place"));
    for (List<Mount> mounts : List.of(active, view)) {
      try (Fd root = DetachedMount.open(mounts, place)) {
        assertEquals(500, names(root).length);
      }
      try (Fd root = DetachedMount.classic(mounts.getFirst(), place)) {
        assertEquals(500, names(root).length);
        Path shown = Path.of("/proc/self/fd/" + root.number());
        assertEquals("x0", Files.readString(shown.resolve("f0")));
        if (mounts.equals(active)) {
          Files.delete(shown.resolve("f250"));
          Files.writeString(shown.resolve("mine"), "x");
        } else {
          assertThrows(IOException.class, () -> Files.delete(shown.resolve("f250")));
        }
      }
      assertFalse(LiveMounts.isMountPoint(place));
    }
    Path upper = snapshots.layerDirectory("k");
    assertTrue(Files.exists(upper.resolve("mine")));
    assertTrue(TreeText.textOf(upper).contains("/f250 char 0 0:0"));
  }

  private static String[] names(Fd root) {
    String[] names = Path.of("/proc/self/fd/" + root.number() + "/.").toFile().list();
    return names == null ? new String[0] : names;
  }

  @Test
  void deletionsAreWhiteoutDevicesInTheUpperDirectory() throws IOException {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    active("k", Optional.of("one"), tree -> Files.delete(tree.path("f")));
    String text = TreeText.textOf(snapshots.layerDirectory("k"));
    assertTrue(text.contains("/f char 0 0:0"), text);
    assertTrue(text.contains(" 0:0"), text);
  }

  @Test
  void layerDirectoriesAreTheChainTopFirst() throws IOException {
    layer("one", NONE, NOTHING);
    layer("two", Optional.of("one"), NOTHING);
    active("k", Optional.of("two"), NOTHING);
    snapshots.view("v", Optional.of("two"), Map.of(), true);
    Path one = base().resolve("1/fs");
    Path two = base().resolve("2/fs");
    assertEquals(List.of(base().resolve("3/fs"), two, one), snapshots.layerDirectories("k"));
    assertEquals(List.of(two, one), snapshots.layerDirectories("v"));
    assertEquals(List.of(two, one), snapshots.layerDirectories("two"));
  }

  @Test
  void anActiveRecordThatCannotBeReadIsGarbage() throws IOException {
    active("k", NONE, NOTHING);
    active("other", NONE, NOTHING);
    Files.write(base().resolve("active/k.json"), new byte[0]);
    assertEquals(List.of("other"), snapshots.list().stream().map(SnapshotInfo::key).toList());
    assertThrows(NotFoundException.class, () -> snapshots.stat("k"));
    assertEquals(List.of(base().resolve("1")), snapshots.garbage());
    snapshots.prepare("k", NONE, Map.of(), false);
    assertEquals(1, snapshots.cleanup());
    assertEquals(List.of(), snapshots.garbage());
    assertEquals(2, snapshots.list().size());
  }

  @Test
  void anActiveRecordWhoseDirectoryIsGoneIsGarbage() throws IOException {
    active("k", NONE, NOTHING);
    Trees.remove(base().resolve("1"));
    snapshots.prepare("k", NONE, Map.of(), false);
    Trees.remove(base().resolve("2"));
    assertEquals(1, snapshots.cleanup());
    assertEquals(List.of(), snapshots.list());
  }

  @Test
  void aDamagedCommittedRecordIsAnErrorAndNothingIsCleanedUp() throws IOException {
    layer("one", NONE, NOTHING);
    Files.write(base().resolve("committed/one.json"), new byte[0]);
    assertThrows(CorruptException.class, () -> snapshots.stat("one"));
    assertThrows(CorruptException.class, () -> snapshots.cleanup());
    assertTrue(Files.exists(base().resolve("1/fs")));
  }

  @Test
  void aMissingParentDirectoryIsDamageAndSaidSo() throws IOException {
    layer("one", NONE, NOTHING);
    Trees.remove(base().resolve("1"));
    assertThrows(
        CorruptException.class, () -> snapshots.prepare("k", Optional.of("one"), Map.of(), false));
    assertFalse(Files.exists(base().resolve("2")));
  }

  @Test
  void manyThreadsPrepareAndRemoveAtTheSameTime() throws Exception {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    List<Callable<Void>> work = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String key = "k" + i;
      work.add(() -> {
        List<Mount> mounts =
            open(temp.resolve("root")).prepare(key, Optional.of("one"), Map.of(), false);
        try (MountedTree tree = MountedTree.of(mounts)) {
          assertContent(tree, "f", "x");
          write(tree, "mine", key);
        }
        if (key.hashCode() % 2 == 0) {
          snapshots.remove(key);
        }
        return null;
      });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Future<Void> done : threads.invokeAll(work)) {
        done.get();
      }
    }
    assertEquals(1 + 20, snapshots.list().size());
    assertEquals(21, snapshots.list().stream().map(SnapshotInfo::directory).distinct().count());
    assertEquals(List.of(), snapshots.garbage());
  }

  @Test
  void listingAnEmptyStoreLeavesNoTrace() {
    assertEquals(List.of(), snapshots.list());
    assertEquals(Optional.empty(), snapshots.find("x"));
    assertFalse(Files.exists(temp.resolve("root")));
  }
}

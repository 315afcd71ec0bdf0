package dev.phyllo.snapshots;

import static dev.phyllo.snapshots.MountedTree.children;
import static dev.phyllo.snapshots.Needs.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.linux.At;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every {@link Snapshotter} promises, as behaviours with names. A new snapshotter inherits
 * this class and passes; trees are looked at through the mounts it gives.
 */
abstract class SnapshotterContract {
  static final Optional<String> NONE = Optional.empty();

  @TempDir Path temp;
  Snapshotter snapshots;

  /** The snapshotter under test, empty, below the directory. */
  abstract Snapshotter open(Path root);

  @BeforeEach
  void openIt() {
    Needs.overlay(temp);
    snapshots = open(temp.resolve("root"));
  }

  /** Something done to a mounted tree. */
  interface Change {
    void in(MountedTree tree) throws IOException;
  }

  static final Change NOTHING = tree -> {};

  /** Prepares, changes and commits. */
  final void layer(String name, Optional<String> parent, Change change) throws IOException {
    String key = "active-" + name;
    try (MountedTree tree = MountedTree.of(snapshots.prepare(key, parent, Map.of(), false))) {
      change.in(tree);
    }
    snapshots.commit(name, key, NONE, Map.of());
  }

  final void active(String key, Optional<String> parent, Change change) throws IOException {
    try (MountedTree tree = MountedTree.of(snapshots.prepare(key, parent, Map.of(), true))) {
      change.in(tree);
    }
  }

  /** Looks at a committed snapshot through a view. */
  final void look(String name, Change change) throws IOException {
    List<Mount> mounts = snapshots.view("look", Optional.of(name), Map.of(), false);
    try (MountedTree tree = MountedTree.of(mounts)) {
      change.in(tree);
    } finally {
      snapshots.remove("look");
    }
  }

  final String textOf(String name) throws IOException {
    String[] text = new String[1];
    look(name, tree -> text[0] = TreeText.text(TreeText.of(tree.root(), false)));
    return text[0];
  }

  static void write(MountedTree tree, String name, String content) throws IOException {
    Files.createDirectories(tree.path(name).getParent());
    Files.writeString(tree.path(name), content);
  }

  static void assertContent(MountedTree tree, String name, String content) throws IOException {
    assertEquals(content, Files.readString(tree.path(name)));
  }

  static void assertMissing(MountedTree tree, String name) {
    assertFalse(Files.exists(tree.path(name), LinkOption.NOFOLLOW_LINKS), name);
  }

  // Chains.

  @Test
  void aChainOfTwoShowsTheChangesOfBoth() throws IOException {
    layer(
        "one",
        NONE,
        tree -> {
          write(tree, "foo", "foo");
          write(tree, "a/b/c", "deep");
        });
    assertEquals(NONE, snapshots.stat("one").parent());
    assertEquals(Kind.COMMITTED, snapshots.stat("one").kind());
    assertThrows(NotFoundException.class, () -> snapshots.stat("active-one"));
    active(
        "next",
        Optional.of("one"),
        tree -> {
          assertContent(tree, "foo", "foo");
          assertContent(tree, "a/b/c", "deep");
          write(tree, "bar", "bar");
          write(tree, "foo", "changed");
          Files.delete(tree.path("a/b/c"));
          Files.delete(tree.path("a/b"));
        });
    assertEquals(Kind.ACTIVE, snapshots.stat("next").kind());
    assertEquals(Optional.of("one"), snapshots.stat("next").parent());
    snapshots.commit("two", "next", NONE, Map.of());
    look(
        "two",
        tree -> {
          assertContent(tree, "foo", "changed");
          assertContent(tree, "bar", "bar");
          assertMissing(tree, "a/b");
          assertTrue(Files.isDirectory(tree.path("a")));
        });
    look("one", tree -> assertContent(tree, "foo", "foo"));
    assertThrows(ConflictException.class, () -> snapshots.remove("one"));
    snapshots.remove("two");
    snapshots.remove("one");
    assertEquals(List.of(), snapshots.list());
  }

  @Test
  void parentsReachThroughToTheirParents() throws IOException {
    layer("base", NONE, tree -> write(tree, "0", "base"));
    for (int i = 1; i <= 5; i++) {
      String n = Integer.toString(i);
      layer("l" + i, Optional.of(i == 1 ? "base" : "l" + (i - 1)), tree -> write(tree, n, "layer"));
      assertEquals(Optional.of(i == 1 ? "base" : "l" + (i - 1)), snapshots.stat("l" + i).parent());
    }
    look(
        "l5",
        tree -> {
          assertContent(tree, "0", "base");
          assertContent(tree, "3", "layer");
        });
    look("l2", tree -> assertMissing(tree, "3"));
  }

  @Test
  void aTreeOf128LayersMounts() throws IOException {
    String parent = "";
    for (int i = 0; i < 128; i++) {
      String n = Integer.toString(i);
      layer(
          "l" + i,
          parent.isEmpty() ? NONE : Optional.of(parent),
          tree -> {
            write(tree, n, n);
            write(tree, "bottom", n);
          });
      parent = "l" + i;
    }
    look(
        "l127",
        tree -> {
          for (int i = 0; i < 128; i++) {
            assertContent(tree, Integer.toString(i), Integer.toString(i));
          }
          assertContent(tree, "bottom", "127");
        });
  }

  @Test
  void anActiveSnapshotWithoutParentStartsEmpty() throws IOException {
    active("k", NONE, tree -> assertEquals(0, children(tree).size()));
  }

  @Test
  void mountsCanBeAskedForAgain() {
    List<Mount> first = snapshots.prepare("k", NONE, Map.of(), true);
    assertEquals(first, snapshots.mounts("k"));
    assertThrows(NotFoundException.class, () -> snapshots.mounts("other"));
  }

  @Test
  void whatIsWrittenIsStillThereWhenMountedAgain() throws IOException {
    layer("base", NONE, tree -> write(tree, "f", "old"));
    active("k", Optional.of("base"), tree -> write(tree, "f", "new"));
    try (MountedTree tree = MountedTree.of(snapshots.mounts("k"))) {
      assertContent(tree, "f", "new");
    }
  }

  // What is refused.

  @Test
  void aParentMustExistAndBeCommitted() throws IOException {
    active("active", NONE, NOTHING);
    snapshots.view("view", NONE, Map.of(), true);
    for (boolean view : new boolean[] {false, true}) {
      assertThrows(NotFoundException.class, () -> make("new", "nothing", view));
      assertThrows(ConflictException.class, () -> make("new", "active", view));
      assertThrows(ConflictException.class, () -> make("new", "view", view));
      assertTrue(snapshots.find("new").isEmpty());
    }
  }

  private void make(String key, String parent, boolean view) {
    if (view) {
      snapshots.view(key, Optional.of(parent), Map.of(), true);
    } else {
      snapshots.prepare(key, Optional.of(parent), Map.of(), true);
    }
  }

  @Test
  void aKeyInUseIsRefusedWhateverUsesIt() throws IOException {
    layer("committed", NONE, NOTHING);
    active("active", NONE, NOTHING);
    snapshots.view("view", Optional.of("committed"), Map.of(), true);
    for (String key : List.of("committed", "active", "view")) {
      assertThrows(ConflictException.class, () -> make(key, "committed", false));
      assertThrows(ConflictException.class, () -> make(key, "committed", true));
      assertThrows(ConflictException.class, () -> snapshots.commit(key, "active", NONE, Map.of()));
    }
    assertEquals(Kind.ACTIVE, snapshots.stat("active").kind());
  }

  @Test
  void onlyAnActiveSnapshotCanBeCommitted() throws IOException {
    layer("committed", NONE, NOTHING);
    snapshots.view("view", Optional.of("committed"), Map.of(), true);
    assertThrows(ConflictException.class, () -> snapshots.commit("n", "committed", NONE, Map.of()));
    assertThrows(ConflictException.class, () -> snapshots.commit("n", "view", NONE, Map.of()));
    assertThrows(NotFoundException.class, () -> snapshots.commit("n", "none", NONE, Map.of()));
    assertThrows(ConflictException.class, () -> snapshots.mounts("committed"));
  }

  @Test
  void whatDoesNotExistIsNotFound() {
    assertThrows(NotFoundException.class, () -> snapshots.stat("x"));
    assertThrows(NotFoundException.class, () -> snapshots.usage("x"));
    assertThrows(NotFoundException.class, () -> snapshots.remove("x"));
    assertThrows(NotFoundException.class, () -> snapshots.update("x", Map.of()));
    assertEquals(Optional.empty(), snapshots.find("x"));
  }

  @Test
  void aParentWithChildrenIsNotRemovedAndTheErrorNamesOne() throws IOException {
    layer("one", NONE, NOTHING);
    layer("two", Optional.of("one"), NOTHING);
    ConflictException e = assertThrows(ConflictException.class, () -> snapshots.remove("one"));
    assertTrue(message(e).contains("two"), message(e));
    snapshots.remove("two");
    active("child", Optional.of("one"), NOTHING);
    e = assertThrows(ConflictException.class, () -> snapshots.remove("one"));
    assertTrue(message(e).contains("child"), message(e));
    snapshots.remove("child");
    snapshots.remove("one");
    assertThrows(NotFoundException.class, () -> snapshots.remove("one"));
  }

  @Test
  void intermediateSnapshotsGoAfterTheirChildren() throws IOException {
    layer("base", NONE, tree -> write(tree, "f", "1"));
    layer("middle", Optional.of("base"), tree -> write(tree, "f", "2"));
    active("top", Optional.of("middle"), NOTHING);
    assertThrows(ConflictException.class, () -> snapshots.remove("middle"));
    snapshots.remove("top");
    snapshots.remove("middle");
    look("base", tree -> assertContent(tree, "f", "1"));
    snapshots.remove("base");
    assertEquals(List.of(), snapshots.garbage());
  }

  // Facts.

  @Test
  void labelsAreKeptUpdatedAndReplacedByTheCommit() throws IOException {
    snapshots.prepare("k", NONE, Map.of("a", "1", "ü\n", "2"), true);
    SnapshotInfo made = snapshots.stat("k");
    assertEquals(Map.of("a", "1", "ü\n", "2"), made.labels());
    assertTrue(made.created() > 0 && made.created() <= made.updated());
    assertEquals(Map.of("b", "3"), snapshots.update("k", Map.of("b", "3")).labels());
    assertEquals(Map.of("b", "3"), snapshots.stat("k").labels());
    snapshots.commit("n", "k", NONE, Map.of());
    assertEquals(Map.of("b", "3"), snapshots.stat("n").labels());
    assertEquals(made.created(), snapshots.stat("n").created());
    assertEquals(Map.of(), snapshots.update("n", Map.of()).labels());
    active("k2", NONE, NOTHING);
    snapshots.commit("n2", "k2", NONE, Map.of("c", "4"));
    assertEquals(Map.of("c", "4"), snapshots.stat("n2").labels());
  }

  @Test
  void walkingShowsEachSnapshotAsStatDoes() throws IOException {
    layer("b", NONE, NOTHING);
    layer("a", Optional.of("b"), NOTHING);
    active("d", Optional.of("a"), NOTHING);
    snapshots.view("c", Optional.of("a"), Map.of("x", "y"), true);
    List<String> keys = new ArrayList<>();
    snapshots.walk(info -> {
      keys.add(info.key());
      assertEquals(snapshots.stat(info.key()), info);
    });
    assertEquals(List.of("a", "b", "c", "d"), keys);
    assertEquals(Kind.VIEW, snapshots.stat("c").kind());
  }

  @Test
  void usageCountsInodesAndAllocatedBytesAndIsFixedByTheCommit() throws IOException {
    active(
        "k",
        NONE,
        tree -> {
          write(tree, "big", "x".repeat(1 << 20));
          Files.createLink(tree.path("again"), tree.path("big"));
        });
    Usage active = snapshots.usage("k");
    assertEquals(2, active.inodes()); // the root and one file
    assertTrue(active.bytes() >= 1 << 20 && active.bytes() < 2 << 20, active.toString());
    snapshots.commit("n", "k", NONE, Map.of());
    assertEquals(active, snapshots.usage("n"));
  }

  @Test
  void keysMayHoldAnything() throws IOException {
    for (String key : List.of("sha256:" + "a".repeat(64), "../../etc", "a b", "/", ".", "ü%2F\n")) {
      active(key, NONE, tree -> write(tree, "f", "x"));
      snapshots.commit(key + "!", key, NONE, Map.of());
      look(key + "!", tree -> assertContent(tree, "f", "x"));
      assertTrue(snapshots.stat(key + "!").directory().startsWith(temp.resolve("root")));
    }
    assertEquals(6, snapshots.list().size());
  }

  @Test
  void anotherInstanceSeesTheSame() throws IOException {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    active("two", Optional.of("one"), NOTHING);
    assertEquals(snapshots.list(), open(temp.resolve("root")).list());
  }

  // Changes to what a lower snapshot has.

  @Test
  void aFileUpdatedInALayerHidesTheOldOne() throws IOException {
    layer("one", NONE, tree -> write(tree, "foo", "base"));
    layer("two", Optional.of("one"), tree -> write(tree, "foo", "one more"));
    layer(
        "three",
        Optional.of("two"),
        tree -> Files.writeString(tree.path("foo"), "!", java.nio.file.StandardOpenOption.APPEND));
    look("three", tree -> assertContent(tree, "foo", "one more!"));
    look("two", tree -> assertContent(tree, "foo", "one more"));
    look("one", tree -> assertContent(tree, "foo", "base"));
  }

  @Test
  void aDirectoryRemovedAndMadeAgainIsNew() throws IOException {
    layer("one", NONE, tree -> write(tree, "d/old", "x"));
    layer(
        "two",
        Optional.of("one"),
        tree -> {
          Files.delete(tree.path("d/old"));
          Files.delete(tree.path("d"));
          write(tree, "d/new", "x");
        });
    look(
        "two",
        tree -> {
          assertMissing(tree, "d/old");
          assertContent(tree, "d/new", "x");
        });
  }

  @Test
  void filesDeletedInAChildStayInTheParent() throws IOException {
    layer(
        "one",
        NONE,
        tree -> {
          write(tree, "foo", "x");
          write(tree, "d/bar", "x");
        });
    layer(
        "two",
        Optional.of("one"),
        tree -> {
          Files.delete(tree.path("foo"));
          Files.delete(tree.path("d/bar"));
        });
    layer("three", Optional.of("two"), tree -> assertMissing(tree, "foo"));
    look("three", tree -> assertMissing(tree, "d/bar"));
    look("one", tree -> assertContent(tree, "foo", "x"));
  }

  @Test
  void aFileOfALowerLayerCanBeMoved() throws IOException {
    layer("one", NONE, tree -> write(tree, "dir/f", "x"));
    layer(
        "two",
        Optional.of("one"),
        tree -> Files.move(tree.path("dir/f"), tree.path("moved"), StandardCopyOption.ATOMIC_MOVE));
    look(
        "two",
        tree -> {
          assertMissing(tree, "dir/f");
          assertContent(tree, "moved", "x");
        });
  }

  /** rename(2) of a directory that a lower layer has fails on overlayfs: then mv(1) copies it. */
  @Test
  void aDirectoryOfALowerLayerCanBeMoved() throws IOException {
    layer(
        "one",
        NONE,
        tree -> {
          write(tree, "dir/sub/f", "x");
          write(tree, "dir/g", "y");
        });
    layer(
        "two",
        Optional.of("one"),
        tree -> {
          MountedTree.shell(tree, "mv dir moved && mkdir dir && echo new > dir/h");
        });
    look(
        "two",
        tree -> {
          assertContent(tree, "moved/sub/f", "x");
          assertContent(tree, "moved/g", "y");
          assertContent(tree, "dir/h", "new\n");
          assertMissing(tree, "dir/sub");
          assertMissing(tree, "dir/g");
        });
    look("one", tree -> assertContent(tree, "dir/sub/f", "x"));
  }

  @Test
  void aDirectoryOfThisLayerCanBeRenamed() throws IOException {
    layer("one", NONE, tree -> write(tree, "dir/f", "x"));
    layer(
        "two",
        Optional.of("one"),
        tree -> {
          write(tree, "new/g", "y");
          Files.move(tree.path("new"), tree.path("newer"), StandardCopyOption.ATOMIC_MOVE);
          Files.move(tree.path("newer"), tree.path("dir2"), StandardCopyOption.ATOMIC_MOVE);
        });
    look(
        "two",
        tree -> {
          assertContent(tree, "dir2/g", "y");
          assertMissing(tree, "new");
          assertContent(tree, "dir/f", "x");
        });
  }

  @Test
  void anOwnerChangedInALayerIsThatLayers() throws IOException {
    layer("one", NONE, tree -> write(tree, "d/f", "x"));
    layer(
        "two",
        Optional.of("one"),
        tree -> {
          FileCalls.fchownat(Fd.CWD, Trees.bytes(tree.path("d/f").toString()), 5, 6, 0);
          FileCalls.fchownat(Fd.CWD, Trees.bytes(tree.path("d").toString()), 7, 8, 0);
        });
    assertTrue(textOf("two").contains("/d/f file 644 5:6"), textOf("two"));
    assertTrue(textOf("two").contains("/d dir 755 7:8"), textOf("two"));
    assertTrue(textOf("one").contains("/d/f file 644 0:0"), textOf("one"));
  }

  @Test
  void permissionsOfDirectoriesSurviveTheCommit() throws IOException {
    layer(
        "one",
        NONE,
        tree -> {
          for (String mode : List.of("rwx------", "rwxr-x---", "rwxrwxrwx", "r-xr-xr-x")) {
            Files.createDirectory(tree.path(mode));
            Files.setPosixFilePermissions(tree.path(mode), PosixFilePermissions.fromString(mode));
          }
        });
    layer("two", Optional.of("one"), tree -> write(tree, "rwx------/f", "x"));
    look(
        "two",
        tree -> {
          for (Path d : children(tree)) {
            assertEquals(
                d.getFileName().toString(),
                PosixFilePermissions.toString(Files.getPosixFilePermissions(d)));
          }
        });
  }

  @Test
  void theRootIsOpenToAllAndInheritsFromTheParent() throws IOException {
    active(
        "k",
        NONE,
        tree -> {
          assertEquals(0755, FileCalls.statx(fd(tree), new byte[0], At.EMPTY_PATH).permissions());
        });
    layer(
        "one",
        NONE,
        tree -> {
          Files.setPosixFilePermissions(tree.root(), PosixFilePermissions.fromString("rwx--x--x"));
          FileCalls.fchownat(Fd.CWD, Trees.bytes(tree.root() + "/."), 11, 12, 0);
        });
    active(
        "k2",
        Optional.of("one"),
        tree -> assertTrue(TreeText.textOf(tree.root()).startsWith("/ dir 711 11:12")));
  }

  private static Fd fd(MountedTree tree) {
    return FileCalls.open(tree.root() + "/.", 0);
  }

  // Views, and who gets in.

  @Test
  void aViewCannotBeWritten() throws IOException {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    layer("two", Optional.of("one"), tree -> write(tree, "g", "x"));
    for (String name : List.of("one", "two")) {
      look(
          name,
          tree -> {
            assertThrows(FileSystemException.class, () -> write(tree, "f", "new"));
            assertThrows(FileSystemException.class, () -> write(tree, "h", "new"));
            assertThrows(FileSystemException.class, () -> Files.delete(tree.path("f")));
            assertContent(tree, "f", "x");
          });
    }
    snapshots.view("empty", NONE, Map.of(), true);
    try (MountedTree tree = MountedTree.of(snapshots.mounts("empty"))) {
      assertThrows(FileSystemException.class, () -> write(tree, "h", "new"));
    }
  }

  @Test
  void aViewCanBeRemovedAndItsSnapshotIsUntouched() throws IOException {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    snapshots.view("v", Optional.of("one"), Map.of(), true);
    assertThrows(ConflictException.class, () -> snapshots.remove("one"));
    snapshots.remove("v");
    look("one", tree -> assertContent(tree, "f", "x"));
    snapshots.remove("one");
  }

  @Test
  void nobodyButRootGetsIntoASnapshotsDirectory() throws IOException {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    Path directory = snapshots.stat("one").directory();
    assertEquals(
        "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)));
  }

  // Commits that do more.

  @Test
  void layersPreparedWithoutParentsAreChainedByTheCommit() throws IOException {
    org.junit.jupiter.api.Assumptions.assumeTrue(snapshots.canRebase(), "it cannot rebase");
    active("a", NONE, tree -> write(tree, "f", "1"));
    active("b", NONE, tree -> write(tree, "f", "2"));
    active("c", NONE, tree -> write(tree, "g", "3"));
    snapshots.commitAll(
        List.of(
            Commit.of("A", "a"),
            new Commit("B", "b", Optional.of("A"), Map.of(), Optional.of(new Usage(1, 2))),
            new Commit("C", "c", Optional.of("B"), Map.of("l", "x"), Optional.empty())));
    assertEquals(Optional.of("A"), snapshots.stat("B").parent());
    assertEquals(new Usage(1, 2), snapshots.usage("B"));
    assertEquals(Map.of("l", "x"), snapshots.stat("C").labels());
    look(
        "C",
        tree -> {
          assertContent(tree, "f", "2");
          assertContent(tree, "g", "3");
        });
    active("d", Optional.of("A"), NOTHING);
    assertThrows(
        ConflictException.class, () -> snapshots.commit("D", "d", Optional.of("B"), Map.of()));
    active("e", NONE, NOTHING);
    assertThrows(
        NotFoundException.class, () -> snapshots.commit("E", "e", Optional.of("none"), Map.of()));
  }

  @Test
  void aFailedCommitLeavesTheSnapshotActive() throws IOException {
    layer("taken", NONE, NOTHING);
    active("k", NONE, tree -> write(tree, "f", "x"));
    assertThrows(PhylloException.class, () -> snapshots.commit("taken", "k", NONE, Map.of()));
    assertEquals(Kind.ACTIVE, snapshots.stat("k").kind());
    snapshots.commit("free", "k", NONE, Map.of());
    look("free", tree -> assertContent(tree, "f", "x"));
  }

  @Test
  void removingEverythingLeavesNothing() throws IOException {
    layer("one", NONE, tree -> write(tree, "a/b/c/d", "x"));
    active("two", Optional.of("one"), tree -> Files.delete(tree.path("a/b/c/d")));
    Path one = snapshots.stat("one").directory();
    Path two = snapshots.stat("two").directory();
    snapshots.remove("two");
    snapshots.remove("one");
    assertFalse(Files.exists(one));
    assertFalse(Files.exists(two));
    assertEquals(List.of(), snapshots.garbage());
    assertEquals(0, snapshots.cleanup());
  }

  /** There is nothing to close but mounts; that, cleaning up and removing can be done again. */
  @Test
  void closingAndCleaningUpTwiceDoesNothingMore() throws IOException {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    MountedTree tree = MountedTree.of(snapshots.prepare("k", Optional.of("one"), Map.of(), true));
    tree.close();
    tree.close();
    assertEquals(0, snapshots.cleanup());
    assertEquals(0, snapshots.cleanup());
    snapshots.sync();
    snapshots.remove("k");
    assertThrows(NotFoundException.class, () -> snapshots.remove("k"));
    look("one", t -> assertContent(t, "f", "x"));
  }

  @Test
  void aSingleLayerToLookAtIsABindMount() throws IOException {
    layer("one", NONE, tree -> write(tree, "f", "x"));
    Mount mount = snapshots.view("v", Optional.of("one"), Map.of(), true).getFirst();
    assertEquals(
        Mount.bind(snapshots.layerDirectory("one"), true), mount, "nothing is there to merge");
  }

  /** Nothing of what makes a tree what it is gets lost on the way to a child. */
  @Test
  void aChildShowsItsParentsTreeFieldByField() throws IOException {
    layer("one", NONE, Specimens::make);
    String[] before = new String[1];
    look("one", tree -> before[0] = TreeText.textOf(tree.root()));
    active("k", Optional.of("one"), tree -> assertEquals(before[0], TreeText.textOf(tree.root())));
    look("one", tree -> assertEquals(before[0], TreeText.textOf(tree.root())));
  }
}

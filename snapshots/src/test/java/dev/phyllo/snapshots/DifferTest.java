package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.InvalidException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DifferTest {
  @TempDir Path temp;
  private ChangedTree tree;

  private static final String BASE =
      """
      mkdir -p etc usr/bin data/sub
      echo root > etc/passwd; echo a > data/a; echo b > data/b; echo x > data/sub/x
      echo sh > usr/bin/sh; ln usr/bin/sh usr/bin/ash; ln -s sh usr/bin/bash
      find . -exec touch -h -d @1600000000 {} +
      """;

  @BeforeEach
  void makeTree() throws IOException {
    Needs.overlay(temp);
    tree = new ChangedTree(temp);
    ShellCommands.in(tree.lower, BASE);
  }

  private void lists(String script, String... expected) throws IOException {
    assertEquals(List.of(expected), ChangedTree.lines(tree.asTrees(script)), "two trees");
    tree.change(script);
    assertEquals(List.of(expected), ChangedTree.lines(tree.asOverlay()), "upper directory");
  }

  // What `docker diff` prints for the same commands in a container, sorted.

  @Test
  void nothingDoneListsNothing() throws IOException {
    lists("cat etc/passwd; ls -R . >/dev/null");
  }

  @Test
  void aNewFileChangesTheDirectoryItIsIn() throws IOException {
    lists("echo n > etc/new", "C /etc", "A /etc/new");
  }

  @Test
  void aNewFileInTheRootChangesNoDirectory() throws IOException {
    lists("echo n > new", "A /new");
  }

  @Test
  void everyDirectoryAboveAChangeIsChanged() throws IOException {
    lists("echo more >> data/sub/x", "C /data", "C /data/sub", "C /data/sub/x");
  }

  @Test
  void aDeletedDirectoryIsListedWithoutWhatWasInIt() throws IOException {
    lists("rm -r data", "D /data");
  }

  @Test
  void aRemadeDirectoryListsWhatItLostAndGot() throws IOException {
    lists(
        "rm -r data; mkdir data; echo a > data/a; echo n > data/n",
        "C /data",
        "C /data/a",
        "D /data/b",
        "A /data/n",
        "D /data/sub");
  }

  @Test
  void aFileInThePlaceOfADirectoryIsAChange() throws IOException {
    lists("rm -r data; echo f > data", "C /data");
  }

  @Test
  void aDirectoryInThePlaceOfAFileIsAChangeAndItsContentNew() throws IOException {
    lists(
        "rm etc/passwd; mkdir etc/passwd; echo x > etc/passwd/x",
        "C /etc",
        "C /etc/passwd",
        "A /etc/passwd/x");
  }

  @Test
  void aMovedFileIsDeletedAndAdded() throws IOException {
    lists("mv data/a etc/a", "C /data", "D /data/a", "C /etc", "A /etc/a");
  }

  @Test
  void anotherOwnerOrModeIsAChange() throws IOException {
    lists("chmod 700 data; chown 5:6 etc/passwd", "C /data", "C /etc", "C /etc/passwd");
  }

  @Test
  void aModeSetAndSetBackIsNoChange() throws IOException {
    lists("chmod 600 etc/passwd; chmod 644 etc/passwd; chmod 700 data; chmod 755 data");
  }

  @Test
  void aFileMadeAndRemovedLeavesNothing() throws IOException {
    lists("touch etc/x; rm etc/x");
  }

  @Test
  void anotherLinkTargetIsAChange() throws IOException {
    lists("ln -sf ash usr/bin/bash", "C /usr", "C /usr/bin", "C /usr/bin/bash");
  }

  @Test
  void devicesPipesAndSocketsAreListed() throws IOException {
    lists(
        "mknod dev0 c 1 3; mkfifo pipe; perl -MIO::Socket::UNIX -e"
            + " 'IO::Socket::UNIX->new(Local=>\"sock\",Listen=>1)'",
        "A /dev0",
        "A /pipe",
        "A /sock");
  }

  @Test
  void theOrderIsThatOfThePathsBytes() throws IOException {
    lists("mkdir a a-b; touch a/x a.b a-b/y", "A /a", "A /a-b", "A /a-b/y", "A /a.b", "A /a/x");
  }

  // Layers.

  @Test
  void aRemadeDirectoryHidesTheOneBelowByOneMark() {
    tree.change("rm -r data; mkdir data; echo a > data/a");
    assertEquals(
        List.of("data/", "data/.wh..wh..opq", "data/a"), ChangedTree.names(tree.asOverlay()));
  }

  @Test
  void aDirectoryInThePlaceOfAFileNeedsNoMark() {
    tree.change("rm etc/passwd; mkdir etc/passwd; touch etc/passwd/x");
    assertEquals(
        List.of("etc/", "etc/passwd/", "etc/passwd/x"), ChangedTree.names(tree.asOverlay()));
  }

  @Test
  void whatIsCopiedUpWithoutAChangeIsLeftOut() {
    tree.change("chmod 600 etc/passwd; chmod 644 etc/passwd; chmod 700 data; chmod 755 data");
    assertTrue(Files.exists(tree.upper.resolve("etc/passwd")), "it was copied up");
    assertEquals(List.of(), ChangedTree.names(tree.asOverlay()));
  }

  @Test
  void contentThatChangedBehindAnOldTimeIsInTheLayerThoughNotInTheList() {
    tree.change(
        "echo R00T | tr -d '\\n' | dd of=etc/passwd conv=notrunc 2>/dev/null;"
            + " touch -d @1600000000 etc/passwd");
    assertEquals(List.of(), ChangedTree.lines(tree.asOverlay()));
    assertEquals(List.of("etc/", "etc/passwd"), ChangedTree.names(tree.asOverlay()));
  }

  @Test
  void aTimeAloneIsInTheLayer() {
    tree.change("touch -d @1700000000.25 data data/a");
    List<TarEntry> entries = ChangedTree.entries(tree.asOverlay());
    assertEquals(List.of("data/", "data/a"), ChangedTree.names(tree.asOverlay()));
    assertEquals(1_700_000_000L, entries.get(0).mtimeSeconds());
    assertEquals(250_000_000, entries.get(1).mtimeNanos());
  }

  @Test
  void entriesAreSortedByTheirNamesAndTheBytesAreTheSameEachTime() {
    tree.change("mkdir a a-b; touch a/x a.b a-b/y z 0; rm data/b; rm etc/passwd");
    List<String> names = ChangedTree.names(tree.asOverlay());
    List<String> sorted = new ArrayList<>(names);
    sorted.sort(null);
    assertEquals(sorted, names);
    assertArrayEquals(ChangedTree.layer(tree.asOverlay()), ChangedTree.layer(tree.asOverlay()));
  }

  @Test
  void newNamesOfOneFileAreHardLinks() {
    tree.change("echo n > m; ln m a; ln -s x s; ln s t; mkfifo p; ln p q");
    assertEquals(
        List.of("a", "m = a", "p", "q = p", "s", "t = s"), ChangedTree.names(tree.asOverlay()));
  }

  @Test
  void aNewNameOfALowerFileBringsTheOldNameAlong() throws IOException {
    tree.change("ln data/b etc/b");
    assertEquals(
        List.of("data/", "data/b", "etc/", "etc/b = data/b"), ChangedTree.names(tree.asOverlay()));
    assertEquals(
        List.of("data/", "data/b", "etc/", "etc/b = data/b").subList(1, 2),
        ChangedTree.names(tree.asTrees("ln data/b etc/b; touch -d @1600000000 data"))
            .subList(1, 2));
  }

  @Test
  void attributesAreKeptByteForByteExceptOverlaysOwn() {
    byte[] capability = {1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    byte[] binary = {0, 10, '=', -1, 0};
    try (Fd upper = FileCalls.open(tree.upper.toString(), Open.RDONLY | Open.DIRECTORY)) {
      ShellCommands.in(tree.upper, "mkdir -m 755 etc; cp -a ../lower/etc/passwd etc; touch new");
      set(upper, "new", "security.capability", capability);
      set(upper, "new", "user.b", binary);
      set(upper, "new", "trusted.t", binary);
      set(upper, "new", "trusted.overlay.origin", binary);
      set(upper, "etc/passwd".substring(0, 3), "trusted.overlay.impure", new byte[] {'y'});
    }
    Map<String, byte[]> found = new java.util.TreeMap<>();
    for (TarEntry e : ChangedTree.entries(tree.asOverlay())) {
      e.xattrs().forEach((name, value) -> found.put(e.name() + " " + name, value));
    }
    assertEquals(
        List.of("new security.capability", "new trusted.t", "new user.b"),
        List.copyOf(found.keySet()));
    assertArrayEquals(capability, found.get("new security.capability"));
    assertArrayEquals(binary, found.get("new user.b"));
  }

  private static void set(Fd dir, String name, String attribute, byte[] value) {
    Xattrs.set(dir, Trees.bytes(name), Trees.bytes(attribute), value, 0);
  }

  @Test
  void whiteoutsByAttributeDeleteAsDevicesDo() {
    ShellCommands.in(tree.upper, "mkdir -m 755 data; touch data/a data/b data/none");
    try (Fd data = FileCalls.open(tree.upper + "/data", Open.RDONLY | Open.DIRECTORY)) {
      set(data, "a", "trusted.overlay.whiteout", new byte[0]);
      set(data, "none", "trusted.overlay.whiteout", new byte[0]);
    }
    try (Fd upper = FileCalls.open(tree.upper.toString(), Open.RDONLY | Open.DIRECTORY)) {
      set(upper, "data", "trusted.overlay.opaque", new byte[] {'x'});
    }
    assertEquals(List.of("data/", "data/.wh.a", "data/b"), ChangedTree.names(tree.asOverlay()));
    assertEquals(List.of("C /data", "D /data/a", "C /data/b"), ChangedTree.lines(tree.asOverlay()));
  }

  @Test
  void whiteoutsOfNothingAreLeftOut() {
    ShellCommands.in(tree.upper, "mknod gone c 0 0");
    assertEquals(List.of(), ChangedTree.names(tree.asOverlay()));
    assertEquals(List.of(), ChangedTree.lines(tree.asOverlay()));
  }

  @Test
  void renamedDirectoriesThatOnlyReferToLowerOnesAreComparedAsMerged() throws IOException {
    tree.change(
        "mv data moved; echo n > moved/n; mv usr/bin/sh usr/bin/zsh",
        "redirect_dir=on",
        "metacopy=on");
    assertTrue(Files.notExists(tree.upper.resolve("moved/a")), "it is a redirect");
    assertEquals(
        List.of(
            "D /data",
            "A /moved",
            "A /moved/a",
            "A /moved/b",
            "A /moved/n",
            "A /moved/sub",
            "A /moved/sub/x",
            "C /usr",
            "C /usr/bin",
            "D /usr/bin/sh",
            "A /usr/bin/zsh"),
        ChangedTree.lines(tree.asOverlay()));
    byte[] layer = ChangedTree.layer(tree.asOverlay());
    assertTrue(tree.applied(layer).contains("/moved/sub/x file"), tree.applied(layer));
  }

  @Test
  void aSocketIsNotInTheLayerButDeletesWhatItReplaced() {
    tree.change(
        "rm data/a; perl -MIO::Socket::UNIX -e"
            + " 'IO::Socket::UNIX->new(Local=>\"data/a\",Listen=>1);"
            + " IO::Socket::UNIX->new(Local=>\"new\",Listen=>1)'");
    assertEquals(List.of("data/", "data/.wh.a"), ChangedTree.names(tree.asOverlay()));
  }

  @Test
  void aFileNamedLikeAWhiteoutIsRefused() {
    tree.change("echo x > data/.wh.x");
    InvalidException e =
        assertThrows(InvalidException.class, () -> ChangedTree.layer(tree.asOverlay()));
    assertEquals("data/.wh.x", e.thing());
  }

  @Test
  void untouchedMountPointsAreNoChanges() throws IOException {
    tree.change(
        "mkdir proc dev; touch etc/hostname etc/hosts; mkdir -p mnt/vol; echo u > etc/hosts");
    MountPoints made =
        MountPoints.of(List.of("/proc", "/dev", "/etc/hostname", "/etc/hosts", "/mnt/vol"));
    assertEquals(
        List.of("C /etc", "A /etc/hosts"), ChangedTree.lines(tree.asOverlay().without(made)));
    assertEquals(List.of("etc/", "etc/hosts"), ChangedTree.names(tree.asOverlay().without(made)));
  }

  @Test
  void aDirectoryInWhichOnlyMountPointsWereMadeIsUnchanged() {
    tree.change("touch etc/hostname etc/hosts");
    Differ differ =
        tree.asOverlay().without(MountPoints.of(List.of("/etc/hostname", "/etc/hosts")));
    assertEquals(List.of(), ChangedTree.names(differ));
    assertEquals(List.of(), ChangedTree.lines(differ));
  }

  @Test
  void theRootHasAnEntryIfItsModeChanged() {
    tree.change("chmod 1777 .");
    List<TarEntry> entries = ChangedTree.entries(tree.asOverlay());
    assertEquals(1, entries.size());
    assertEquals(RawPath.of("./"), entries.getFirst().name());
    assertEquals(01777, entries.getFirst().mode());
  }

  @Test
  void noTimeIsLaterThanTheLatest() {
    tree.change("touch -d @1700000000.5 data/a; touch -d @1500000000.5 data/b");
    List<TarEntry> entries = ChangedTree.entries(tree.asOverlay().withLatestTime(1_650_000_000L));
    assertEquals(1_650_000_000L, entries.get(1).mtimeSeconds());
    assertEquals(0, entries.get(1).mtimeNanos());
    assertEquals(1_500_000_000L, entries.get(2).mtimeSeconds());
    assertEquals(500_000_000, entries.get(2).mtimeNanos());
  }

  @Test
  void aHoleOfAGibibyteNeedsNoMemory() throws IOException {
    long size = 1L << 30;
    try (FileChannel file =
        FileChannel.open(
            tree.upper.resolve("hole"), StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
      file.position(size - 1).write(java.nio.ByteBuffer.wrap(new byte[] {1}));
    }
    long before = used();
    long[] written = {0, 0};
    OutputStream counting =
        new OutputStream() {
          @Override
          public void write(int b) {
            written[0]++;
          }

          @Override
          public void write(byte[] b, int off, int len) {
            written[0] += len;
            written[1] = Math.max(written[1], len);
          }
        };
    try (TarWriter tar = new TarWriter(counting)) {
      tree.asOverlay().write(tar);
    }
    assertEquals(size + 5 * 512, written[0], "a PAX header, a header, the end");
    assertTrue(written[1] <= 1 << 20, "in pieces");
    assertTrue(used() - before < 512 << 20, "not in memory");
  }

  private static long used() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void gnuTarListsTheLayer() throws IOException {
    String deep = "d/".repeat(60) + "deep";
    tree.change(
        "mkdir -p "
            + deep
            + "; echo ü > 'name with space é'; ln -s t l; mkfifo p;"
            + " mknod c c 5 1; touch -d @1.123456789 old; rm data/a");
    byte[] layer = ChangedTree.layer(tree.asOverlay());
    Path file = temp.resolve("layer.tar");
    Files.write(file, layer);
    String listed = ShellCommands.in(temp, "tar --quoting-style=literal -tf layer.tar");
    List<String> names = new ArrayList<>();
    for (TarEntry e : ChangedTree.entries(layer)) {
      names.add(new String(e.name().bytes(), java.nio.charset.StandardCharsets.ISO_8859_1));
    }
    assertEquals(names, Arrays.asList(listed.split("\n", -1)).subList(0, names.size()));
  }

  @Test
  void aWholeTreeIsEverythingAdded() throws IOException {
    Differ whole = Differ.trees(Optional.empty(), tree.lower);
    assertEquals("A /data", ChangedTree.lines(whole).getFirst());
    byte[] layer = ChangedTree.layer(whole);
    Path copy = Files.createDirectories(temp.resolve("whole"));
    Archive.apply(layer, copy, WhiteoutStyle.OVERLAY, List.of());
    assertEquals(TreeText.textOf(tree.lower), TreeText.textOf(copy));
  }

  @Test
  void symbolicLinksOnTheWayAreNotFollowed() {
    Path outside = temp.resolve("outside");
    ShellCommands.in(temp, "mkdir outside; echo secret > outside/secret");
    tree.change("ln -s " + outside + " out; rm -r data; ln -s " + outside + " data");
    List<String> names = ChangedTree.names(tree.asOverlay());
    assertEquals(List.of("data", "out"), names);
    assertFalse(ChangedTree.lines(tree.asOverlay()).toString().contains("secret"));
  }
}

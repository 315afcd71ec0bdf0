package dev.phyllo.snapshots;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is done to whatever tree: the layer made of it, applied elsewhere, gives the same tree.
 * Each run prints its seed; -Dphyllo.seed=N does one again.
 */
class DifferPropertyTest {
  private static final int ROUNDS = Integer.getInteger("phyllo.rounds", 40);

  private static final RawPath OPAQUE = RawPath.of(".wh..wh..opq");

  @TempDir Path temp;

  @Test
  void aTreeChangedThroughAnOverlayIsTheSameTreeElsewhere() throws IOException {
    Needs.overlay(temp);
    for (long seed : seeds()) {
      overlayRound(seed, temp.resolve("o" + seed));
    }
  }

  @Test
  void aTreeChangedInPlaceIsTheSameTreeElsewhere() throws IOException {
    Needs.root();
    for (long seed : seeds()) {
      plainRound(seed, temp.resolve("p" + seed));
    }
  }

  private static List<Long> seeds() {
    Long given = Long.getLong("phyllo.seed");
    if (given != null) {
      return List.of(given);
    }
    long first = System.nanoTime() & 0xffff_ffffL;
    System.out.println("seeds from " + first + "; -Dphyllo.seed=N repeats one");
    List<Long> seeds = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      seeds.add(first + i);
    }
    return seeds;
  }

  /** Three layers, the last changed through a mount of the others. */
  private void overlayRound(long seed, Path place) throws IOException {
    Random random = new Random(seed);
    List<Path> layers = new ArrayList<>(); // top first
    List<byte[]> archives = new ArrayList<>();
    boolean parted = false;
    for (int i = 0; i < 3; i++) {
      Path layer = directory(place, "layer" + i);
      Path work = directory(place, "work" + i);
      if (i == 0) {
        change(layer, random, 60);
      } else {
        try (Fd mount = overlay(layers, layer, work)) {
          change(path(mount), random, 25);
        }
      }
      byte[] archive = ChangedTree.layer(Differ.overlay(layer, layers, WhiteoutStyle.OVERLAY));
      requireSorted(archive, seed);
      archives.add(archive);
      parted |= i > 0 && hasLeftOut(layer, archive);
      layers.addFirst(layer);
    }
    String expected;
    try (Fd mount = view(layers)) {
      expected = text(path(mount));
    }
    // Elsewhere on overlay directories, and elsewhere on a plain tree.
    List<Path> others = new ArrayList<>();
    Path plain = directory(place, "plain");
    for (byte[] archive : archives) {
      Path other = directory(place, "other" + others.size());
      Archive.apply(archive, other, WhiteoutStyle.OVERLAY, others);
      others.addFirst(other);
      Archive.apply(archive, plain, WhiteoutStyle.PLAIN, List.of());
    }
    try (Fd mount = view(others)) {
      // A name copied up for nothing is a file of its own there, and one of several here.
      UnaryOperator<String> view = parted ? DifferPropertyTest::withoutLinks : t -> t;
      assertEquals(view.apply(expected), view.apply(text(path(mount))), "overlay, seed " + seed);
    }
    assertEquals(withoutLinks(expected), withoutLinks(text(plain)), "plain, seed " + seed);
    // And there is nothing between the two.
    try (Fd mount = view(others)) {
      assertEquals(
          List.of(),
          Differ.trees(Optional.of(path(mount)), plain).changes(),
          "difference, seed " + seed);
    }
    // The list and the layer agree on what is there: every listed path has its entry.
    requireListed(
        Differ.overlay(layers.getFirst(), layers.subList(1, 3), WhiteoutStyle.OVERLAY),
        archives.getLast(),
        seed);
    ShellCommands.in(temp, "rm -rf " + place.getFileName());
  }

  /** Whether an upper directory has a file that its layer leaves out. */
  private static boolean hasLeftOut(Path upper, byte[] archive) {
    Set<RawPath> names = new HashSet<>();
    for (TarEntry e : ChangedTree.entries(archive)) {
      names.add(e.name());
    }
    for (Map.Entry<RawPath, String> line : TreeText.of(upper).entrySet()) {
      boolean special = line.getValue().startsWith("dir") || line.getValue().contains(" 0:0 0:0");
      if (!special && !names.contains(line.getKey())) {
        return true;
      }
    }
    return false;
  }

  private void plainRound(long seed, Path place) throws IOException {
    Random random = new Random(seed);
    Path before = directory(place, "before");
    change(before, random, 60);
    ShellCommands.in(place, "cp -a before after; cp -a before copy; cp -a before lower");
    Path after = place.resolve("after");
    change(after, random, 30);
    Differ differ = Differ.trees(Optional.of(before), after);
    byte[] archive = ChangedTree.layer(differ);
    requireSorted(archive, seed);
    Path copy = place.resolve("copy");
    Archive.apply(archive, copy, WhiteoutStyle.PLAIN, List.of());
    assertEquals(text(after), text(copy), "seed " + seed);
    assertEquals(
        List.of(),
        ChangedTree.names(Differ.trees(Optional.of(after), copy)).stream()
            .filter(n -> !n.equals("./"))
            .toList(),
        "seed " + seed);
    ShellCommands.in(temp, "rm -rf " + place.getFileName());
  }

  private static void requireSorted(byte[] archive, long seed) {
    RawPath last = RawPath.EMPTY;
    for (TarEntry e : ChangedTree.entries(archive)) {
      if (e.name().name().equals(OPAQUE)) {
        continue; // directly behind its directory
      }
      if (last.compareTo(e.name()) >= 0) {
        throw new AssertionError(last + " before " + e.name() + ", seed " + seed);
      }
      last = e.name();
    }
  }

  private static void requireListed(Differ differ, byte[] archive, long seed) {
    Map<RawPath, TarEntry> entries = new TreeMap<>();
    List<RawPath> hiding = new ArrayList<>();
    for (TarEntry e : ChangedTree.entries(archive)) {
      entries.put(e.name().clean(), e);
      if (e.name().name().equals(OPAQUE)) {
        hiding.add(e.name().parent());
      }
    }
    for (Change change : differ.changes()) {
      RawPath path = change.path();
      boolean said =
          change.kind() == Change.Kind.DELETED
              ? entries.containsKey(whiteout(path)) || hiding.stream().anyMatch(path::startsWith)
              : entries.containsKey(path);
      if (!said) {
        throw new AssertionError(change + " is not in the layer, seed " + seed);
      }
    }
  }

  private static RawPath whiteout(RawPath path) {
    byte[] name = path.name().bytes();
    byte[] all = new byte[name.length + 4];
    System.arraycopy(Trees.bytes(".wh."), 0, all, 0, 4);
    System.arraycopy(name, 0, all, 4, name.length);
    return path.parent().resolve(RawPath.of(all));
  }

  private static Path directory(Path place, String name) throws IOException {
    Path made = Files.createDirectories(place.resolve(name));
    ShellCommands.in(place, "chmod 755 " + name);
    return made;
  }

  private static void change(Path tree, Random random, int steps) {
    try (Fd root = FileCalls.open(tree.toString(), Open.RDONLY | Open.DIRECTORY)) {
      new RandomChanges(root, random).change(steps);
    }
  }

  private static Path path(Fd mount) {
    return Path.of("/proc/self/fd/" + mount.number() + "/");
  }

  private static Fd view(List<Path> layers) {
    return Mounts.overlay(bytes(layers), null, null, options(), true);
  }

  private static Fd overlay(List<Path> lowers, Path upper, Path work) {
    return Mounts.overlay(
        bytes(lowers),
        Trees.bytes(upper.toString()),
        Trees.bytes(work.toString()),
        options(),
        false);
  }

  private static List<String> options() {
    return Files.exists(Path.of("/sys/module/overlay/parameters/index"))
        ? List.of("index=off")
        : List.of();
  }

  private static List<byte[]> bytes(List<Path> paths) {
    return paths.stream().map(p -> Trees.bytes(p.toString())).toList();
  }

  /** Everything but the root's time, which a new upper directory has of its own. */
  private static String text(Path root) {
    Map<RawPath, String> lines = TreeText.of(root);
    lines.computeIfPresent(RawPath.EMPTY, (_, line) -> line.replaceAll(" mtime=\\S+", ""));
    return TreeText.text(lines);
  }

  /** Without what says which names are one file: overlayfs counts lower names that are hidden. */
  private static String withoutLinks(String text) {
    return text.replaceAll(" links=\\d+( same as [^\n]*)?", "");
  }
}

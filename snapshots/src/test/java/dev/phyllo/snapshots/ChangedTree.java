package dev.phyllo.snapshots;

import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Mounts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A tree before and after a change, in both of the ways in which the differ sees one: as an upper
 * directory on lower ones, and as two plain trees.
 */
final class ChangedTree {
  final Path lower;
  final Path upper;
  final Path work;
  private final Path scratch;
  private int count;

  ChangedTree(Path scratch) throws IOException {
    this.scratch = scratch;
    lower = Files.createDirectories(scratch.resolve("lower"));
    upper = Files.createDirectories(scratch.resolve("upper"));
    work = Files.createDirectories(scratch.resolve("work"));
    // What a snapshotter does for a new upper directory.
    ShellCommands.in(scratch, "chmod 755 lower upper");
  }

  /** Changes the tree through an overlay mount by a script. */
  ChangedTree change(String script, String... options) {
    List<String> all = new ArrayList<>(List.of(options));
    if (Files.exists(Path.of("/sys/module/overlay/parameters/index"))) {
      all.add("index=off");
    }
    try (Fd mount =
        Mounts.overlay(
            List.of(Trees.bytes(lower.toString())),
            Trees.bytes(upper.toString()),
            Trees.bytes(work.toString()),
            all,
            false)) {
      ShellCommands.in(Path.of("/proc/self/fd/" + mount.number() + "/"), script);
    }
    return this;
  }

  Differ asOverlay() {
    return Differ.overlay(upper, List.of(lower), WhiteoutStyle.OVERLAY);
  }

  /** The same change as two plain trees, copied. */
  Differ asTrees(String script) throws IOException {
    Path after = scratch.resolve("after" + count++);
    ShellCommands.in(scratch, "cp -a lower " + after.getFileName());
    ShellCommands.in(after, script);
    return Differ.trees(Optional.of(lower), after);
  }

  static List<String> lines(Differ differ) {
    return differ.changes().stream().map(Change::toString).toList();
  }

  static byte[] layer(Differ differ) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      differ.write(tar);
    }
    return bytes.toByteArray();
  }

  static List<TarEntry> entries(Differ differ) {
    return entries(layer(differ));
  }

  static List<TarEntry> entries(byte[] layer) {
    List<TarEntry> entries = new ArrayList<>();
    try (TarReader tar =
        new TarReader(new ByteArrayInputStream(layer), TarLimits.DEFAULT, "test layer")) {
      for (TarEntry e = tar.next(); e != null; e = tar.next()) {
        entries.add(e);
      }
    }
    return entries;
  }

  /** The names of a layer's entries, hard links with their targets. */
  static List<String> names(Differ differ) {
    return entries(differ).stream()
        .map(e ->
            e.type() == TarEntry.Type.HARDLINK ? e.name() + " = " + e.linkName() : "" + e.name())
        .toList();
  }

  /** The whole of the changed tree as text. */
  String merged() {
    try (Fd mount =
        Mounts.overlay(
            List.of(Trees.bytes(upper.toString()), Trees.bytes(lower.toString())),
            null,
            null,
            List.of(),
            true)) {
      return TreeText.textOf(Path.of("/proc/self/fd/" + mount.number() + "/"));
    }
  }

  /** The tree that a layer makes of the tree before, on overlay directories. */
  String applied(byte[] layer) throws IOException {
    Path other = Files.createDirectories(scratch.resolve("other" + count++));
    Archive.apply(layer, other, WhiteoutStyle.OVERLAY, List.of(lower));
    try (Fd mount =
        Mounts.overlay(
            List.of(Trees.bytes(other.toString()), Trees.bytes(lower.toString())),
            null,
            null,
            List.of(),
            true)) {
      return TreeText.textOf(Path.of("/proc/self/fd/" + mount.number() + "/"));
    }
  }

  /** The tree that a layer makes of a copy of the tree before. */
  String appliedPlain(byte[] layer) {
    Path copy = scratch.resolve("copy" + count++);
    ShellCommands.in(scratch, "cp -a lower " + copy.getFileName());
    try {
      Archive.apply(layer, copy, WhiteoutStyle.PLAIN, List.of());
      return TreeText.textOf(copy);
    } catch (RuntimeException e) {
      throw new UncheckedIOException(new IOException(copy.toString(), e));
    }
  }
}

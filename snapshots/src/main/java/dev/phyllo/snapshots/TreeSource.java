package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which two trees to compare, as directories of layers.
 *
 * @param before the layers of the tree before, top first; none for an empty tree
 * @param after the layers of the tree after, or the upper directory alone
 * @param isUpper whether {@code after} is an upper directory on top of {@code before}
 * @param style how deletions are marked in layers
 * @param redirects whether layers refer to others by redirect and metacopy
 */
record TreeSource(
    List<Path> before, List<Path> after, boolean isUpper, WhiteoutStyle style, boolean redirects) {
  /** There if this kernel's overlayfs knows the option {@code index}. */
  private static final Path INDEX_PARAMETER = Path.of("/sys/module/overlay/parameters/index");

  static TreeSource overlay(Path upper, List<Path> lowers, WhiteoutStyle style) {
    return new TreeSource(List.copyOf(lowers), List.of(upper), true, style, false);
  }

  static TreeSource trees(List<Path> before, List<Path> after, WhiteoutStyle style) {
    return new TreeSource(List.copyOf(before), List.copyOf(after), false, style, false);
  }

  /** The same trees, the upper directory merged with what is below. */
  TreeSource merged() {
    List<Path> all = new ArrayList<>(after);
    all.addAll(before);
    return new TreeSource(before, all, false, style, true);
  }

  /** The trees, open. */
  record Opened(@Nullable Fd before, Fd after, boolean isUpper, WhiteoutStyle style)
      implements AutoCloseable {
    @Override
    public void close() {
      if (before != null) {
        before.close();
      }
      after.close();
    }
  }

  Opened open() {
    Fd old = before.isEmpty() ? null : open(before);
    boolean opened = false;
    try {
      Fd now = open(after);
      opened = true;
      return new Opened(old, now, isUpper, style);
    } finally {
      if (!opened && old != null) {
        old.close();
      }
    }
  }

  /**
   * The root of the tree that layers make together: the layer itself if there is only one,
   * otherwise a read-only overlay that is mounted nowhere and vanishes with the descriptor.
   */
  private Fd open(List<Path> layers) {
    if (layers.size() == 1) {
      return FileCalls.open(layers.getFirst().toString(), Open.RDONLY | Open.DIRECTORY);
    }
    List<byte[]> lowers = new ArrayList<>();
    for (Path layer : layers) {
      lowers.add(Trees.bytes(layer.toString()));
    }
    List<String> options = new ArrayList<>();
    if (style == WhiteoutStyle.OVERLAY_USERXATTR) {
      options.add("userxattr");
    } else if (redirects) {
      options.add("redirect_dir=follow");
      options.add("metacopy=on"); // otherwise such files cannot even be looked at
    }
    if (Files.exists(INDEX_PARAMETER)) {
      options.add("index=off"); // with an index, a layer that is also mounted elsewhere is refused
    }
    try (Fd mount = Mounts.overlay(lowers, null, null, options, true)) {
      // fsmount(2) gives a place only (O_PATH); reading the directory needs it opened.
      return FileCalls.openat2(mount, Trees.bytes("."), Open.RDONLY | Open.DIRECTORY, 0, 0);
    }
  }
}

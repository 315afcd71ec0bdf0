package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A snapshot's tree, mounted where nobody else sees it: a detached mount, reached through the
 * descriptor, gone when that is closed.
 */
final class MountedTree implements AutoCloseable {
  private final Fd mount;

  private MountedTree(Fd mount) {
    this.mount = mount;
  }

  static MountedTree of(List<Mount> mounts) {
    Mount m = mounts.getFirst();
    if (m.isOverlay()) {
      return new MountedTree(
          Mounts.overlay(
              m.lowerDirs().stream().map(Trees::bytes).toList(),
              m.upperDir().map(Trees::bytes).orElse(null),
              m.workDir().map(Trees::bytes).orElse(null),
              m.otherOptions(),
              m.isReadOnly()));
    }
    Fd tree = Mounts.openTree(Fd.CWD, Trees.bytes(m.source()), MountFlags.OPEN_TREE_CLONE);
    if (m.isReadOnly()) {
      Mounts.setAttributes(tree, false, MountFlags.ATTR_RDONLY, 0, 0);
    }
    return new MountedTree(tree);
  }

  /** The tree's root; a path that works in this process only. */
  Path root() {
    return Path.of("/proc/self/fd/" + mount.number() + "/");
  }

  /** What is in the tree's root. */
  static List<Path> children(MountedTree tree) throws IOException {
    try (Stream<Path> all = Files.list(tree.root())) {
      return all.toList();
    }
  }

  Path path(String name) {
    return Path.of("/proc/self/fd/" + mount.number(), name);
  }

  /** Runs a command with the tree's root as working directory; it must succeed. */
  static void shell(MountedTree tree, String command) throws IOException {
    // A child cannot have the descriptor, which is closed on exec, but it can ask for this one's.
    String root = "/proc/" + ProcessHandle.current().pid() + "/fd/" + tree.mount.number();
    Process process =
        new ProcessBuilder("/bin/sh", "-c", "cd " + root + " && " + command)
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(command + ": " + said);
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    mount.close();
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.Digest;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Holds a directory against what is expected of it, by descriptor; no link is followed. */
final class TreeComparison {
  private static final int DIRECTORY = Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW;

  private final Map<RawPath, ExpectedTree.Node> nodes;
  private final boolean rootIsOpaque;
  private final boolean mayLackDevices;
  private final Set<RawPath> seen = new HashSet<>();
  private final List<String> differences = new ArrayList<>();

  TreeComparison(Map<RawPath, ExpectedTree.Node> nodes, boolean rootIsOpaque, WhiteoutStyle style) {
    this.nodes = nodes;
    this.rootIsOpaque = rootIsOpaque;
    // In a user namespace nobody can make them, and they are left out.
    this.mayLackDevices = style != WhiteoutStyle.OVERLAY;
  }

  private record Level(RawPath path, Fd fd, Iterator<DirectoryEntry> entries) {}

  List<String> compare(Path directory) {
    Deque<Level> levels = new ArrayDeque<>();
    try {
      Fd root = FileCalls.open(directory.toString(), DIRECTORY);
      levels.push(new Level(RawPath.EMPTY, root, FileCalls.list(root).iterator()));
      ExpectedTree.Node expected = nodes.get(RawPath.EMPTY);
      if (expected != null) {
        compareMode("/", expected, FileCalls.statx(root));
      }
      while (!levels.isEmpty()) {
        Level level = levels.peek();
        if (!level.entries.hasNext()) {
          levels.pop().fd.close();
          continue;
        }
        DirectoryEntry entry = level.entries.next();
        Stat stat = FileCalls.statOrNull(level.fd, entry.name());
        if (stat == null) {
          continue;
        }
        RawPath path = level.path.resolve(RawPath.of(entry.name()));
        seen.add(path);
        visit(level, path, entry.name(), stat);
        if (stat.isDirectory() && nodes.containsKey(path)) {
          Fd fd = FileComparison.directory(level.fd, entry.name());
          if (fd != null) {
            levels.push(new Level(path, fd, FileCalls.list(fd).iterator()));
          }
        }
      }
    } finally {
      for (Level level : levels) {
        level.fd.close();
      }
    }
    List<RawPath> missing = new ArrayList<>();
    for (Map.Entry<RawPath, ExpectedTree.Node> e : nodes.entrySet()) {
      if (!e.getKey().isEmpty() && !seen.contains(e.getKey()) && !mayBeMissing(e.getValue())) {
        missing.add(e.getKey());
      }
    }
    missing.sort(null);
    for (RawPath path : missing) {
      differences.add(path + ": missing");
    }
    return differences;
  }

  private boolean mayBeMissing(ExpectedTree.Node node) {
    boolean device = node.type == Stat.CHARACTER_DEVICE || node.type == Stat.BLOCK_DEVICE;
    return device && mayLackDevices;
  }

  private void visit(Level level, RawPath path, byte[] name, Stat stat) {
    ExpectedTree.Node expected = nodes.get(path);
    if (expected == null) {
      boolean hidesLowerRoot = rootIsOpaque && level.path.isEmpty() && isWhiteout(stat);
      if (!hidesLowerRoot) {
        differences.add(path + ": not in the layer");
      }
      return;
    }
    switch (expected.type) {
      case ExpectedTree.ANYTHING -> {}
      case ExpectedTree.WHITEOUT -> {
        // In a user namespace a whiteout is an empty file with an attribute.
        if (!isWhiteout(stat) && !(mayLackDevices && stat.isFile() && stat.size() == 0)) {
          differences.add(path + ": " + kind(stat.type()) + ", the layer deletes it");
        }
      }
      default -> {
        if (stat.type() != expected.type) {
          differences.add(
              path + ": " + kind(stat.type()) + ", the layer has " + kind(expected.type));
          return;
        }
        compareMode(path.toString(), expected, stat);
        compareContent(level, path, name, expected, stat);
      }
    }
  }

  private void compareMode(String path, ExpectedTree.Node expected, Stat stat) {
    if (expected.mode >= 0 && stat.permissions() != expected.mode) {
      differences.add(
          path
              + ": mode "
              + Integer.toOctalString(stat.permissions())
              + ", the layer says "
              + Integer.toOctalString(expected.mode));
    }
  }

  private void compareContent(
      Level level, RawPath path, byte[] name, ExpectedTree.Node expected, Stat stat) {
    RawPath target = expected.target;
    if (target != null && !Arrays.equals(FileCalls.readlinkat(level.fd, name), target.bytes())) {
      differences.add(path + ": points elsewhere than the layer says");
    }
    if (expected.size >= 0 && stat.size() != expected.size) {
      differences.add(path + ": " + stat.size() + " bytes, the layer says " + expected.size);
    } else if (expected.hash != null && !Arrays.equals(hash(level.fd, name), expected.hash)) {
      differences.add(path + ": holds other bytes than the layer says");
    }
  }

  private static byte[] hash(Fd parent, byte[] name) {
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    byte[] buffer = new byte[1 << 16];
    int flags = Open.RDONLY | Open.NOFOLLOW | Open.NONBLOCK;
    try (Fd file = FileCalls.openat2(parent, name, flags, 0, FileComparison.ONE_STEP)) {
      for (int n = FileData.read(file, buffer, 0, buffer.length);
          n > 0;
          n = FileData.read(file, buffer, 0, buffer.length)) {
        hash.update(buffer, 0, n);
      }
    }
    return hash.digest();
  }

  private static boolean isWhiteout(Stat stat) {
    return stat.type() == Stat.CHARACTER_DEVICE
        && stat.deviceMajor() == 0
        && stat.deviceMinor() == 0;
  }

  private static String kind(int type) {
    return switch (type) {
      case Stat.FILE -> "a file";
      case Stat.DIRECTORY -> "a directory";
      case Stat.SYMLINK -> "a symbolic link";
      case Stat.FIFO -> "a pipe";
      case Stat.CHARACTER_DEVICE, Stat.BLOCK_DEVICE -> "a device";
      default -> "something else";
    };
  }
}

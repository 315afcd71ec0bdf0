package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.At;
import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A tree as lines of text, one a file, with everything that is known of it: type, permissions,
 * owner, size, time, link target or digest of the content, device, attributes, and which names are
 * the same file. Two trees are equal if their lines are.
 */
final class TreeText {
  private final Map<RawPath, String> lines = new TreeMap<>();
  private final Map<Long, RawPath> firstNames = new TreeMap<>();
  private final boolean times;

  private TreeText(boolean times) {
    this.times = times;
  }

  /** Everything. */
  static Map<RawPath, String> of(Path root) {
    return of(root, true);
  }

  /**
   * Everything, or everything but times.
   *
   * @param root an existing directory; its own line has the empty name
   */
  static Map<RawPath, String> of(Path root, boolean times) {
    TreeText text = new TreeText(times);
    try (Fd fd = FileCalls.open(root.toString(), Open.RDONLY | Open.DIRECTORY)) {
      text.lines.put(
          RawPath.EMPTY,
          text.line(
              RawPath.EMPTY,
              FileCalls.statx(fd),
              "",
              attributes(Xattrs.list(fd), n -> Xattrs.get(fd, n))));
      text.walk(fd, RawPath.EMPTY);
    }
    return text.lines;
  }

  /** One line a file, for messages and comparisons. */
  static String text(Map<RawPath, String> tree) {
    return tree.entrySet().stream()
        .map(e -> "/" + e.getKey() + " " + e.getValue())
        .collect(Collectors.joining("\n"));
  }

  static String textOf(Path root) {
    return text(of(root));
  }

  private void walk(Fd directory, RawPath path) {
    for (DirectoryEntry entry : FileCalls.list(directory)) {
      byte[] name = entry.name();
      RawPath child = path.resolve(RawPath.of(name));
      Stat stat = FileCalls.statx(directory, name, At.SYMLINK_NOFOLLOW);
      String attributes =
          attributes(Xattrs.list(directory, name), n -> Xattrs.get(directory, name, n));
      String content = "";
      if (stat.isSymlink()) {
        content = "-> " + RawPath.of(FileCalls.readlinkat(directory, name));
      } else if (stat.isFile()) {
        content = Digest.sha256(read(directory, name)).shortHex();
      } else if (stat.type() == Stat.CHARACTER_DEVICE || stat.type() == Stat.BLOCK_DEVICE) {
        content = stat.deviceMajor() + ":" + stat.deviceMinor();
      }
      lines.put(child, line(child, stat, content, attributes));
      if (stat.isDirectory()) {
        try (Fd fd =
            FileCalls.openat2(
                directory, name, Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW, 0, 0)) {
          walk(fd, child);
        }
      }
    }
  }

  private String line(RawPath path, Stat stat, String content, String attributes) {
    StringBuilder line = new StringBuilder();
    line.append(type(stat)).append(' ').append(Integer.toOctalString(stat.permissions()));
    line.append(' ').append(stat.uid()).append(':').append(stat.gid());
    if (stat.isFile()) {
      line.append(" size=").append(stat.size());
    }
    if (times) {
      line.append(" mtime=").append(stat.modifySeconds()).append('.').append(stat.modifyNanos());
    }
    if (!content.isEmpty()) {
      line.append(' ').append(content);
    }
    if (!stat.isDirectory() && stat.links() > 1) {
      RawPath first = firstNames.putIfAbsent(stat.inode(), path);
      line.append(" links=").append(stat.links());
      line.append(first == null ? "" : " same as " + first);
    }
    return line.append(attributes).toString();
  }

  private interface Value {
    byte @Nullable [] of(byte[] name);
  }

  private static String attributes(List<byte[]> names, Value value) {
    List<String> all = new ArrayList<>();
    for (byte[] name : names) {
      all.add(" " + RawPath.of(name) + "=" + hex(value.of(name)));
    }
    all.sort(null);
    return String.join("", all);
  }

  private static String hex(byte @Nullable [] value) {
    return value == null ? "gone" : HexFormat.of().formatHex(value);
  }

  private static String type(Stat stat) {
    return switch (stat.type()) {
      case Stat.FILE -> "file";
      case Stat.DIRECTORY -> "dir";
      case Stat.SYMLINK -> "link";
      case Stat.CHARACTER_DEVICE -> "char";
      case Stat.BLOCK_DEVICE -> "block";
      case Stat.FIFO -> "fifo";
      default -> "socket";
    };
  }

  static byte[] read(Fd directory, byte[] name) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (Fd file = FileCalls.openat2(directory, name, Open.RDONLY | Open.NOFOLLOW, 0, 0)) {
      byte[] block = new byte[64 << 10];
      int got;
      while ((got = FileData.read(file, block, 0, block.length)) > 0) {
        all.write(block, 0, got);
      }
    }
    return all.toByteArray();
  }
}

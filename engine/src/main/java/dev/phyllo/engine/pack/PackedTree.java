package dev.phyllo.engine.pack;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A file tree described in memory, sorted, ready to become a layer.
 *
 * <p>What is written is the same on every machine that has the same files: entries sorted by name
 * with a directory before what is in it, owner 0:0, directories 0755, and one modification time for
 * all.
 */
public final class PackedTree {
  /** The modification time without SOURCE_DATE_EPOCH: the beginning of 2025, UTC. */
  public static final long DEFAULT_TIME = 1_735_689_600L;

  private static final int MAX_LINKS = 40; // what the kernel follows, path_resolution(7)

  /** What a path of the tree is. */
  public sealed interface Node {
    /** A directory. */
    record Directory(int mode) implements Node {}

    /** A symbolic link. */
    record Link(String target) implements Node {}

    /** A file whose content is a file of this machine. */
    record Source(Path file, int mode) implements Node {}

    /** A file whose content is given. */
    record Text(String content, int mode) implements Node {}

    /** A character device. */
    record CharacterDevice(int major, int minor, int mode) implements Node {}
  }

  private final SortedMap<RawPath, Node> nodes = new TreeMap<>(PackedTree::compare);

  /** The tree with nothing in it. */
  public PackedTree() {}

  /** The nodes by path, without a slash before or behind, in the order of the layer. */
  public SortedMap<RawPath, Node> nodes() {
    return Collections.unmodifiableSortedMap(nodes);
  }

  /** Adds a directory and those above it. */
  public PackedTree directory(String path) {
    return put(path, new Node.Directory(0755));
  }

  /** Adds a file with this content, mode 0644, and the directories above it. */
  public PackedTree text(String path, String content) {
    return put(path, new Node.Text(content, 0644));
  }

  /** Adds a symbolic link and the directories above it. */
  public PackedTree link(String path, String target) {
    return put(path, new Node.Link(target));
  }

  /** Adds a character device, mode 0644, and the directories above it. */
  public PackedTree characterDevice(String path, int major, int minor) {
    return put(path, new Node.CharacterDevice(major, minor, 0644));
  }

  /** Adds a file of this machine under a path of the tree, and the directories above it. */
  public PackedTree file(String path, Path source) {
    return put(path, new Node.Source(source, mode(source)));
  }

  /**
   * Adds a file of this machine under its own path, with every symbolic link on the way to it, so
   * that the path leads to the same file in the tree as it does here.
   *
   * @param path an absolute path
   * @return the path of the file itself, all links resolved
   * @throws NotFoundException if there is no such file
   */
  public Path fileWithLinks(Path path) {
    ArrayDeque<String> todo = new ArrayDeque<>();
    push(todo, path.toString());
    Path at = Path.of("/");
    int links = 0;
    while (!todo.isEmpty()) {
      String name = todo.pop();
      if (name.equals("..")) {
        Path parent = at.getParent();
        at = parent == null ? at : parent;
        continue;
      }
      Path next = at.resolve(name);
      String inTree = next.toString().substring(1);
      if (Files.isSymbolicLink(next)) {
        if (++links > MAX_LINKS) {
          throw new InvalidException(
              path.toString(), "too many levels of symbolic links", "name the file itself");
        }
        String target = readLink(next);
        link(inTree, target);
        push(todo, target);
        at = target.startsWith("/") ? Path.of("/") : at;
      } else if (Files.isDirectory(next, LinkOption.NOFOLLOW_LINKS)) {
        directory(inTree);
        at = next;
      } else if (todo.isEmpty() && Files.isRegularFile(next, LinkOption.NOFOLLOW_LINKS)) {
        file(inTree, next);
        return next;
      } else {
        throw new NotFoundException(path.toString(), "no such file", "check the path");
      }
    }
    throw new InvalidException(
        path.toString(), "a directory where a file is expected", "name a file in it");
  }

  /**
   * Writes the tree as a tar archive.
   *
   * @param out gets the archive; it is not closed
   * @param seconds the modification time of every entry, in seconds since 1970
   * @throws SystemException if a file cannot be read or the stream not written
   */
  public void writeTo(OutputStream out, long seconds) {
    try (TarWriter tar = new TarWriter(new NotClosed(out))) {
      for (Map.Entry<RawPath, Node> e : nodes.entrySet()) {
        write(tar, e.getKey(), e.getValue(), seconds);
      }
    }
  }

  private static void write(TarWriter tar, RawPath path, Node node, long seconds) {
    switch (node) {
      case Node.Directory d -> {
        RawPath name = RawPath.of(append(path.bytes(), (byte) '/'));
        tar.entry(entry(name, TarEntry.Type.DIRECTORY, seconds).mode(d.mode()).build());
      }
      case Node.Link l ->
          tar.entry(
              entry(path, TarEntry.Type.SYMLINK, seconds).linkName(RawPath.of(l.target())).build());
      case Node.CharacterDevice d ->
          tar.entry(
              entry(path, TarEntry.Type.CHARACTER_DEVICE, seconds)
                  .mode(d.mode())
                  .device(d.major(), d.minor())
                  .build());
      case Node.Text t -> {
        byte[] content = t.content().getBytes(StandardCharsets.UTF_8);
        tar.entry(
            entry(path, TarEntry.Type.FILE, seconds).mode(t.mode()).size(content.length).build(),
            content);
      }
      case Node.Source s -> {
        try (InputStream in = Files.newInputStream(s.file())) {
          long size = Files.size(s.file());
          tar.entry(entry(path, TarEntry.Type.FILE, seconds).mode(s.mode()).size(size).build(), in);
        } catch (IOException e) {
          throw new SystemException(s.file().toString(), e);
        }
      }
    }
  }

  private static TarEntry.Builder entry(RawPath name, TarEntry.Type type, long seconds) {
    return TarEntry.builder(name, type).owner(0, 0).mtime(seconds, 0);
  }

  private PackedTree put(String path, Node node) {
    RawPath raw = RawPath.of(path).clean();
    if (raw.isEmpty() || raw.hasDotDot()) {
      throw new InvalidException(
          path, "not a path inside a tree", "leave out .. and begin with a name");
    }
    for (RawPath up = raw.parent(); !up.isEmpty(); up = up.parent()) {
      nodes.putIfAbsent(up, new Node.Directory(0755));
    }
    nodes.put(raw, node);
    return this;
  }

  /** In the order of the bytes, a slash before everything: a directory's content follows it. */
  private static int compare(RawPath a, RawPath b) {
    int common = Math.min(a.length(), b.length());
    for (int i = 0; i < common; i++) {
      int x = a.byteAt(i) == '/' ? 0 : a.byteAt(i) & 0xff;
      int y = b.byteAt(i) == '/' ? 0 : b.byteAt(i) & 0xff;
      if (x != y) {
        return x - y;
      }
    }
    return a.length() - b.length();
  }

  private static void push(ArrayDeque<String> todo, String path) {
    String[] names = path.split("/", -1);
    for (int i = names.length - 1; i >= 0; i--) {
      if (!names[i].isEmpty() && !names[i].equals(".")) {
        todo.push(names[i]);
      }
    }
  }

  private static String readLink(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (IOException e) {
      throw new SystemException(link.toString(), e);
    }
  }

  /** The permission bits with set-user-id, set-group-id and sticky. */
  private static int mode(Path file) {
    try {
      return (Integer) Files.getAttribute(file, "unix:mode") & 07777;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static byte[] append(byte[] bytes, byte last) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    longer[bytes.length] = last;
    return longer;
  }

  /** The caller's stream, which a writer's close must not close. */
  private static final class NotClosed extends FilterOutputStream {
    NotClosed(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] b, int off, int len) throws IOException {
      out.write(b, off, len);
    }

    @Override
    public void close() throws IOException {
      out.flush();
    }
  }
}

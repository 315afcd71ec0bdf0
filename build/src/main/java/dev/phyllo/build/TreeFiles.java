package dev.phyllo.build;

import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.ContentSpool;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.FileModes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** All files of a tree, as an archive or in a directory of this machine. */
final class TreeFiles {
  private final FileTree tree;
  private final ContentSpool spool;

  /** Where the first name of a file with several is. */
  private final IdentityHashMap<Node, RawPath> first = new IdentityHashMap<>();

  TreeFiles(FileTree tree, ContentSpool spool) {
    this.tree = tree;
    this.spool = spool;
    List<Content> contents = new ArrayList<>();
    collect(tree.root(), contents);
    spool.prepare(contents);
  }

  private static void collect(Node node, List<Content> contents) {
    for (Map.Entry<RawPath, Node> child : node.children()) {
      Content content = child.getValue().content();
      if (content != null) {
        contents.add(content);
      } else if (child.getValue().isDirectory()) {
        collect(child.getValue(), contents);
      }
    }
  }

  /** Writes the entries of an archive, without its end. */
  void write(TarWriter tar) {
    write(tar, RawPath.EMPTY, tree.root());
  }

  private void write(TarWriter tar, RawPath path, Node node) {
    for (Map.Entry<RawPath, Node> child : node.children()) {
      RawPath name = path.resolve(child.getKey());
      Node file = child.getValue();
      TarEntry entry = file.about().bare(name);
      Content content = file.content();
      if (content == null) {
        tar.entry(entry);
        if (file.isDirectory()) {
          write(tar, name, file);
        }
        continue;
      }
      RawPath other = first.putIfAbsent(file, name);
      if (other != null) {
        tar.entry(
            TarEntry.builder(name, TarEntry.Type.HARDLINK)
                .mode(entry.mode())
                .owner(entry.uid(), entry.gid())
                .mtime(entry.mtimeSeconds(), entry.mtimeNanos())
                .linkName(other)
                .build());
        continue;
      }
      try (InputStream in = spool.open(content)) {
        tar.entry(entry, in);
      } catch (IOException e) {
        throw new SystemException(name.toString(), e);
      }
    }
  }

  /**
   * Writes the files below a directory, made if missing. They belong to whoever builds; devices are
   * left out. No link that is there already is followed.
   */
  void write(Path directory) {
    try {
      Files.createDirectories(directory);
      write(directory, tree.root());
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  private void write(Path directory, Node node) throws IOException {
    for (Map.Entry<RawPath, Node> child : node.children()) {
      Path path = resolve(directory, child.getKey());
      Node file = child.getValue();
      Content content = file.content();
      if (file.isDirectory()) {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)
            && !Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          throw new ConflictException(
              path.toString(), "is there and is not a directory", "name an empty directory");
        }
        Files.createDirectories(path);
        write(path, file);
        attributes(path, file.about());
      } else if (content != null) {
        Files.deleteIfExists(path);
        try (InputStream in = spool.open(content)) {
          Files.copy(in, path, StandardCopyOption.REPLACE_EXISTING);
        }
        attributes(path, file.about());
      } else if (file.isLink()) {
        Files.deleteIfExists(path);
        Files.createSymbolicLink(path, path(file.about().linkName()));
      }
    }
  }

  private static void attributes(Path path, TarEntry about) throws IOException {
    Files.setPosixFilePermissions(path, FileModes.permissions(about.mode()));
    Files.setLastModifiedTime(
        path,
        FileTime.from(
            about.mtimeSeconds() * 1_000_000_000 + about.mtimeNanos(), TimeUnit.NANOSECONDS));
  }

  private static Path resolve(Path directory, RawPath name) {
    return directory.resolve(path(name));
  }

  /** A path of these very bytes, whatever the locale's character set. */
  private static Path path(RawPath name) {
    byte[] bytes = name.bytes();
    boolean ascii = true;
    for (byte b : bytes) {
      ascii &= b > 0;
    }
    if (ascii) {
      return Path.of(name.toString());
    }
    StringBuilder uri = new StringBuilder("file:///");
    for (byte b : bytes) {
      if (b == '/') {
        uri.append('/');
      } else {
        uri.append('%');
        uri.append(Character.forDigit(b >> 4 & 0xf, 16)).append(Character.forDigit(b & 0xf, 16));
      }
    }
    Path absolute = Path.of(URI.create(uri.toString()));
    return bytes[0] == '/' ? absolute : Path.of("/").relativize(absolute);
  }
}

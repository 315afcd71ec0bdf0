package dev.phyllo.cli.demo;

import dev.phyllo.engine.pack.PackedTree;
import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.FileModes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** A tree that was thought up becomes files, so that everybody's tools see it. */
final class TreeOnDisk {
  private TreeOnDisk() {}

  /**
   * Makes the files of a tree. A device that only root could make is an empty file: what a whiteout
   * is goes by its name.
   *
   * @param directory made for it
   */
  static void write(PackedTree tree, Path directory) {
    try {
      directory(directory, 0755);
      for (Map.Entry<RawPath, PackedTree.Node> e : tree.nodes().entrySet()) {
        write(directory.resolve(e.getKey().toString()), e.getValue());
      }
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  private static void write(Path path, PackedTree.Node node) throws IOException {
    switch (node) {
      case PackedTree.Node.Directory d -> directory(path, d.mode());
      case PackedTree.Node.Link l -> Files.createSymbolicLink(path, Path.of(l.target()));
      case PackedTree.Node.Text t -> {
        Files.writeString(path, t.content(), StandardCharsets.UTF_8);
        mode(path, t.mode());
      }
      case PackedTree.Node.Source s -> {
        Files.copy(s.file(), path);
        mode(path, s.mode());
      }
      case PackedTree.Node.CharacterDevice d -> {
        device(path, d);
        mode(path, d.mode());
      }
    }
  }

  private static void directory(Path path, int mode) throws IOException {
    Files.createDirectory(path);
    mode(path, mode);
  }

  /** Whatever the umask is. */
  private static void mode(Path path, int mode) throws IOException {
    Files.setPosixFilePermissions(path, FileModes.permissions(mode));
  }

  private static void device(Path path, PackedTree.Node.CharacterDevice device) throws IOException {
    Path parent = Objects.requireNonNull(path.getParent());
    byte[] name = path.getFileName().toString().getBytes(StandardCharsets.UTF_8);
    try (Fd dir = FileCalls.open(parent.toString(), Open.PATH | Open.DIRECTORY)) {
      FileCalls.mknodat(
          dir,
          name,
          Stat.CHARACTER_DEVICE | device.mode(),
          Stat.device(device.major(), device.minor()));
    } catch (PhylloException _) {
      Files.createFile(path);
    }
  }
}

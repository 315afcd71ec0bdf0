package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.RootDirectory;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.PlaceArchive;
import java.util.Optional;

/** Containers whose root is a directory of the host: what needs an image cannot be done to them. */
final class Roots {
  private Roots() {}

  /**
   * Refuses what only a container with an image can have.
   *
   * @throws UnsupportedException if its root is a directory
   */
  static void requireImage(Container c, String what) {
    Optional<RootDirectory> root = c.spec().storage().root();
    if (root.isPresent()) {
      throw new UnsupportedException(
          c.name(),
          "was made from the directory " + root.get().path() + " and not from an image, so " + what,
          "make an image of it first: tar -C "
              + root.get().path()
              + " -c . | phyllo import - NAME");
    }
  }

  /** Writes what is in a directory, which may change meanwhile, without ending the archive. */
  static void export(RootDirectory root, TarWriter tar) {
    try (Fd directory = FileCalls.open(root.path(), Open.RDONLY | Open.DIRECTORY)) {
      new PlaceArchive(tar).write(directory, new byte[] {'.'}, RawPath.EMPTY);
    }
  }
}

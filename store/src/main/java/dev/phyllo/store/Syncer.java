package dev.phyllo.store;

import java.nio.file.Path;
import java.util.List;

/**
 * Makes the content of freshly written files survive a power failure.
 *
 * <p>The default synchronises file by file. Where the system can synchronise a whole file system at
 * once (Linux: syncfs(2)) that is cheaper for many files, and a caller that can do it plugs it in.
 */
@FunctionalInterface
public interface Syncer {
  /** fsync(2) of each file. */
  Syncer EACH_FILE =
      (directory, files) -> {
        for (Path file : files) {
          DurableFiles.syncFile(file);
        }
      };

  /**
   * Returns when the content of all the files is on the disk.
   *
   * @param directory the directory the files are in
   * @param files the files, closed
   * @throws dev.phyllo.oci.SystemException if the system refuses
   */
  void sync(Path directory, List<Path> files);
}

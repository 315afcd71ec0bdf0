package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The half-written blobs of a namespace: a file and a lock for each.
 *
 * <p>Every writer shares one lock, {@value #PRESENCE_LOCK}, from before it opens the lock of an
 * ingest file until after it has closed it. Who gets that lock alone knows that nobody has or waits
 * for any of the others, and may delete ingest files and lock files alike. While someone is
 * writing, only ingest files whose own lock is free are deleted, and their lock files stay.
 */
final class IngestFiles {
  private static final String PRESENCE_LOCK = "ingest";
  private static final String LOCK_PREFIX = "ingest-";

  private final Path directory;
  private final Locks locks;

  IngestFiles(Path directory, Locks locks) {
    this.directory = directory;
    this.locks = locks;
  }

  /** The name of the file in which the bytes of a known digest are collected. */
  static String name(Digest digest) {
    return digest.algorithm().token() + "-" + digest.hex();
  }

  /** The name of the lock of a file. */
  static String lockName(String name) {
    return LOCK_PREFIX + name;
  }

  /** Where they are. */
  Path directory() {
    return directory;
  }

  /** A file. */
  Path file(String name) {
    return directory.resolve(name);
  }

  /** Says that somebody writes; to be had before the first {@link #tryLock}. */
  FileLocker.Held acquirePresence() {
    return locks.acquire(PRESENCE_LOCK, Locks.Mode.SHARED);
  }

  /** The lock of a file, by {@link #lockName}; null if another writes it. */
  FileLocker.@Nullable Held tryLock(String lockName) {
    return locks.tryAcquire(lockName, Locks.Mode.EXCLUSIVE);
  }

  /** Deletes a batch's lock files if nobody else is writing; else a later batch or gc does. */
  void removeLockFiles(List<String> lockNames) {
    try (FileLocker.Held alone = locks.tryAcquire(PRESENCE_LOCK, Locks.Mode.EXCLUSIVE)) {
      if (alone != null) {
        for (String name : lockNames) {
          DurableFiles.deleteQuietly(locks.file(name));
        }
      }
    }
  }

  /**
   * Removes the files of writers that are gone, and the lock files of finished ones.
   *
   * @return how many files were removed
   */
  int removeStale() {
    if (!Files.isDirectory(directory)) {
      return 0;
    }
    int removed = 0;
    try (FileLocker.Held alone = locks.tryAcquire(PRESENCE_LOCK, Locks.Mode.EXCLUSIVE)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          if (alone != null ? delete(file) : deleteIfFree(file)) {
            removed++;
          }
        }
      }
      if (alone != null) {
        try (DirectoryStream<Path> files =
            Files.newDirectoryStream(locks.directory(), LOCK_PREFIX + "*")) {
          for (Path file : files) {
            Files.deleteIfExists(file);
          }
        }
      }
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    return removed;
  }

  private boolean deleteIfFree(Path file) throws IOException {
    try (FileLocker.Held held = tryLock(lockName(file.getFileName().toString()))) {
      return held != null && delete(file);
    }
  }

  private static boolean delete(Path file) throws IOException {
    boolean deleted = Files.deleteIfExists(file);
    CrashPoints.reached("stale ingest deleted");
    return deleted;
  }
}

package dev.phyllo.store;

import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The few ways in which a store changes the disk, each of which survives a crash.
 *
 * <p>The order is always: data written, data synchronised, renamed into place, directory
 * synchronised; only then may anything else name the result. rename(2) replaces atomically, but
 * only fsync(2) of the file makes its content, and fsync of the directory its name, survive a power
 * failure; file systems are free to bring back a new name with no content otherwise.
 *
 * <p>Each change is followed by {@link CrashPoints#reached}.
 */
public final class DurableFiles {
  /** How the names of unfinished files begin; whoever lists a directory leaves them out. */
  static final String TEMPORARY_PREFIX = ".tmp-";

  private static final AtomicInteger COUNTER = new AtomicInteger();

  /** What tells this process' files from those of others. */
  private static final String PROCESS = process();

  private DurableFiles() {}

  /**
   * Replaces the file's content, or creates it, atomically: a reader sees the old or the new
   * content whole, also after a crash.
   *
   * @param file the file; its directory must exist
   * @param durable whether the new content must survive a power failure once this returns; if not,
   *     a crash may also leave the old content or, on some file systems, an empty file
   * @throws SystemException if the system refuses; the old content then stays
   */
  public static void replace(Path file, byte[] content, boolean durable) {
    Path directory = parent(file);
    Path temporary = directory.resolve(TEMPORARY_PREFIX + uniqueName());
    boolean moved = false;
    try {
      try (FileChannel out =
          FileChannel.open(
              temporary,
              options(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
              mode(file, "rw-------"))) {
        CrashPoints.reached("temporary file created");
        ByteBuffer bytes = ByteBuffer.wrap(content);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        if (durable) {
          out.force(true);
        }
        CrashPoints.reached("temporary file written");
      }
      moveIntoPlace(temporary, file);
      moved = true;
      if (durable) {
        syncDirectory(directory);
      }
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    } finally {
      if (!moved) {
        deleteQuietly(temporary);
      }
    }
  }

  /**
   * Makes the names in a directory, as they are now, survive a power failure.
   *
   * @throws SystemException if the system refuses
   */
  public static void syncDirectory(Path directory) {
    syncFile(directory);
    CrashPoints.reached("directory synchronised");
  }

  /** Makes a file's content, or a directory's names, survive a power failure. */
  static void syncFile(Path file) {
    // fsync(2) works on any descriptor, also one that only reads, hence on read-only blobs.
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  /**
   * Creates the directory and its missing parents, each with mode 0700, durably. Does nothing if it
   * is there.
   *
   * @throws SystemException if the system refuses
   */
  public static void createDirectories(Path directory) {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    try {
      Files.createDirectory(directory, mode(directory, "rwx------"));
      CrashPoints.reached("directory created");
    } catch (FileAlreadyExistsException e) {
      if (Files.isDirectory(directory)) {
        return; // another thread or process was faster
      }
      throw new SystemException(
          directory.toString(),
          "exists but is not a directory",
          "remove it or name another place",
          e);
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  /**
   * The names in a directory, in no order; none if there is no such directory.
   *
   * @throws SystemException if the system refuses
   */
  public static List<String> names(Path directory) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        Path name = entry.getFileName();
        if (name != null) {
          names.add(name.toString());
        }
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      return names;
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    return names;
  }

  /**
   * Renames atomically and replaces what is there. The content must have been synchronised before
   * and the target's directory must be synchronised after, or a power failure undoes it.
   *
   * @throws SystemException if the system refuses
   */
  public static void moveIntoPlace(Path temporary, Path target) {
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new SystemException(target.toString(), e);
    }
    CrashPoints.reached("moved into place");
  }

  /**
   * Deletes the file, or the directory with all in it; symbolic links are deleted, never followed.
   * Does nothing if it is not there.
   *
   * @throws SystemException if the system refuses; part of the tree may be gone then
   */
  public static void deleteTree(Path tree) {
    try {
      if (Files.isDirectory(tree, LinkOption.NOFOLLOW_LINKS)) {
        try (DirectoryStream<Path> children = Files.newDirectoryStream(tree)) {
          for (Path child : children) {
            deleteTree(child);
          }
        }
      }
      Files.deleteIfExists(tree);
      CrashPoints.reached("deleted");
    } catch (NoSuchFileException _) {
      // Someone else deleted it in the meantime, which is what was wanted.
    } catch (IOException e) {
      throw new SystemException(tree.toString(), e);
    }
  }

  /**
   * Deletes what crashed calls of {@link #replace} left in the directory. The caller holds the lock
   * under which the directory's files are replaced.
   *
   * @return how many files were deleted
   */
  public static int deleteTemporaries(Path directory) {
    int deleted = 0;
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(directory, TEMPORARY_PREFIX + "*")) {
      for (Path file : files) {
        deleteTree(file);
        deleted++;
      }
    } catch (NoSuchFileException _) {
      return 0;
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    return deleted;
  }

  /** A name no other file has; not secret, so process, time and a counter are enough. */
  static String uniqueName() {
    return PROCESS + "-" + Long.toHexString(System.nanoTime()) + "-" + COUNTER.incrementAndGet();
  }

  /** By proc(5) where there is one: a ProcessHandle starts by making a pool of threads. */
  private static String process() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self")).toString();
    } catch (IOException | UnsupportedOperationException _) {
      return Long.toString(ProcessHandle.current().pid());
    }
  }

  static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // Only ever garbage; the caller has a better error to tell.
    }
  }

  static Set<OpenOption> options(OpenOption... options) {
    Set<OpenOption> set = new HashSet<>();
    for (OpenOption option : options) {
      set.add(option);
    }
    return set;
  }

  /** The permissions a new file gets, where the file system has any. */
  static FileAttribute<?>[] mode(Path file, String permissions) {
    return file.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions(permissions))}
        : new FileAttribute<?>[0];
  }

  /** As {@link PosixFilePermissions#fromString} does, without the reflection behind an EnumSet. */
  private static Set<PosixFilePermission> permissions(String text) {
    PosixFilePermission[] all = PosixFilePermission.values(); // in the order of the text
    Set<PosixFilePermission> set = new HashSet<>();
    for (int i = 0; i < all.length; i++) {
      if (text.charAt(i) != '-') {
        set.add(all[i]);
      }
    }
    return set;
  }

  static Path parent(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new SystemException(file.toString(), "not a file in a directory", "", 0);
    }
    return parent;
  }
}

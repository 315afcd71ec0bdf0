package dev.phyllo.transports;

import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that appears under its name whole or not at all: it is written beside it and renamed when
 * it is on disk. What is not a regular file, such as a pipe or a terminal, is written to directly.
 */
final class WholeFile implements AutoCloseable {
  /** How the names of unfinished files begin. */
  static final String TEMPORARY_PREFIX = ".phyllo-save-";

  private final Path target;
  private final @Nullable Path temporary;
  private final FileChannel channel;
  private final NamedOutput out;
  private boolean committed;

  private WholeFile(Path target, @Nullable Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
    this.out = new NamedOutput(target.toString(), Channels.newOutputStream(channel));
  }

  /**
   * Begins the file.
   *
   * @throws NotFoundException if its directory is missing
   * @throws SystemException if the system refuses
   */
  static WholeFile open(Path target) {
    try {
      if (Files.exists(target)) {
        // The file behind a link is replaced, not the link.
        Path real = target.toRealPath();
        if (!Files.isRegularFile(real)) {
          return new WholeFile(real, null, FileChannel.open(real, StandardOpenOption.WRITE));
        }
        return beside(real);
      }
      return beside(target);
    } catch (IOException e) {
      throw new SystemException(target.toString(), e);
    }
  }

  private static WholeFile beside(Path target) throws IOException {
    Path directory = directory(target);
    if (!Files.isDirectory(directory)) {
      throw new NotFoundException(
          target.toString(), "there is no directory " + directory, "make it first");
    }
    Path temporary =
        directory.resolve(
            TEMPORARY_PREFIX
                + Long.toHexString(ProcessHandle.current().pid())
                + "-"
                + Long.toHexString(System.nanoTime()));
    // Who may read it is the umask's decision, as for any file a user makes.
    FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    CrashPoints.reached("temporary file created");
    return new WholeFile(target, temporary, channel);
  }

  /** The directory of a file. */
  static Path directory(Path file) {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new SystemException(file.toString(), "not a file in a directory", "", 0);
    }
    return directory;
  }

  /** Where its content goes. */
  OutputStream out() {
    return out;
  }

  /** Gives the file its name, durably but for the entry in the directory. */
  void commitName() {
    Path from = temporary;
    if (from != null) {
      try {
        channel.force(true);
      } catch (IOException e) {
        throw new SystemException(target.toString(), e);
      }
      out.close();
      CrashPoints.reached("temporary file written");
      DurableFiles.moveIntoPlace(from, target);
    } else {
      out.close();
    }
    committed = true;
  }

  /** Gives the file its name, durably. */
  void commit() {
    commitName();
    if (temporary != null) {
      DurableFiles.syncDirectory(directory(target));
    }
  }

  /** Removes what was written, unless it was committed. */
  @Override
  public void close() {
    if (committed) {
      return;
    }
    try {
      channel.close();
    } catch (IOException _) {
      // It is deleted next, and the caller has a better error to tell.
    }
    if (temporary != null) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException _) {
        // As above.
      }
    }
  }
}

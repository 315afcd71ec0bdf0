package dev.phyllo.store;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Locks with the JDK alone, hence on any system.
 *
 * <p>On Linux these are POSIX record locks (fcntl(2)): they belong to the process and all of them
 * on a file are dropped when <em>any</em> descriptor of that file is closed. This is safe here
 * because nothing but a locker opens a lock file, and {@link Locks} keeps at most one channel per
 * file open in this JVM.
 */
public final class NioFileLocker implements FileLocker {
  /** The only instance that is needed. */
  public static final NioFileLocker INSTANCE = new NioFileLocker();

  private NioFileLocker() {}

  @Override
  public Held lock(Path file, boolean exclusive) {
    FileChannel channel = open(file);
    try {
      FileLock lock = channel.lock(0, Long.MAX_VALUE, !exclusive);
      return new Open(file, channel, lock);
    } catch (IOException e) {
      throw refused(file, channel, e);
    } catch (OverlappingFileLockException e) {
      close(channel);
      throw overlapping(file, e);
    }
  }

  @Override
  public @Nullable Held tryLock(Path file, boolean exclusive) {
    FileChannel channel = open(file);
    try {
      FileLock lock = channel.tryLock(0, Long.MAX_VALUE, !exclusive);
      if (lock == null) {
        close(channel);
        return null;
      }
      return new Open(file, channel, lock);
    } catch (IOException e) {
      throw refused(file, channel, e);
    } catch (OverlappingFileLockException e) {
      close(channel);
      throw overlapping(file, e);
    }
  }

  private static FileChannel open(Path file) {
    try {
      return FileChannel.open(
          file,
          DurableFiles.options(
              StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
          DurableFiles.mode(file, "rw-------"));
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }

  private static SystemException refused(Path file, FileChannel channel, IOException e) {
    close(channel);
    return new SystemException(file.toString(), e);
  }

  private static ConflictException overlapping(Path file, OverlappingFileLockException e) {
    return new ConflictException(
        file.toString(), "locked by other code in this process", "lock it through one Locks", e);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // Nothing was written through it: there is nothing to lose.
    }
  }

  private record Open(Path file, FileChannel channel, FileLock lock) implements Held {
    @Override
    public void close() {
      NioFileLocker.close(channel); // and with the descriptor goes the lock
    }
  }
}

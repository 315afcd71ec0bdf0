package dev.phyllo.store;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a file is locked against other processes.
 *
 * <p>Always used through {@link Locks}, which adds the exclusion between the threads of this JVM
 * and never asks for one file twice at the same time. A locker may therefore use locks that belong
 * to the process, as {@link NioFileLocker} does, or to the open file description, as Linux also
 * offers.
 */
public interface FileLocker {
  /**
   * Locks the file and waits as long as that takes. The file is created, mode 0600, if missing; its
   * directory must exist.
   *
   * @param exclusive whether nobody else may hold it; otherwise others may share it
   * @throws dev.phyllo.oci.SystemException if the system refuses or the thread is interrupted
   */
  Held lock(Path file, boolean exclusive);

  /**
   * The same without waiting.
   *
   * @return the lock, or null if another process is in the way
   * @throws dev.phyllo.oci.SystemException if the system refuses
   */
  @Nullable Held tryLock(Path file, boolean exclusive);

  /**
   * A lock that is held until it is closed; closing again does nothing. Any thread may close it.
   */
  interface Held extends AutoCloseable {
    /** Gives the lock back. */
    @Override
    void close();
  }
}

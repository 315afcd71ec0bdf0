package dev.phyllo.engine;

import dev.phyllo.linux.OfdLock;
import dev.phyllo.store.FileLocker;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Locks that belong to an open file description (fcntl(2), F_OFD_SETLK). Unlike Java's own, they
 * are not lost when some other descriptor of the same file is closed.
 */
final class OfdFileLocker implements FileLocker {
  OfdFileLocker() {}

  @Override
  public Held lock(Path file, boolean exclusive) {
    OfdLock lock = OfdLock.lock(file, exclusive, true);
    if (lock == null) {
      throw new IllegalStateException("waiting for a lock ended without it: " + file);
    }
    return lock::close;
  }

  @Override
  public @Nullable Held tryLock(Path file, boolean exclusive) {
    OfdLock lock = OfdLock.lock(file, exclusive, false);
    return lock == null ? null : lock::close;
  }
}

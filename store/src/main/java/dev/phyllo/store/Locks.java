package dev.phyllo.store;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The one lock service of a store: named locks, shared or exclusive, between all threads of all
 * processes that work on it.
 *
 * <p>A lock has two halves. The first is a gate in this JVM, found in a static table by the lock
 * file's real path, so that two stores opened on one directory exclude each other; it works for
 * platform and virtual threads alike and belongs to no thread: whoever holds it may close it
 * anywhere. The second is a lock on a file in the lock directory, taken by the first thread that
 * passes the gate and given back by the last one that leaves: {@link FileLocker} never sees two
 * requests for one file at a time.
 *
 * <p>Locks are not re-entrant for exclusive use. Sharing prefers those who share: a thread that
 * shares a lock may share it again although someone waits to have it alone.
 *
 * <p>Lock files stay when they are free: a file deleted while another process waits for it would
 * leave two owners of two files with one name. {@link ContentStore} deletes some of its own, under
 * a second lock that proves that nobody waits, and {@link #discard} is for names that never return.
 */
public final class Locks {
  /** How a lock is held. */
  public enum Mode {
    /** Others may share it. */
    SHARED,
    /** Nobody else has it. */
    EXCLUSIVE
  }

  private static final Map<Path, Gate> GATES = new HashMap<>();

  private final Path directory;
  private final FileLocker locker;
  private @Nullable Path realDirectory;

  /**
   * The locks of a directory, which is created when the first lock is taken.
   *
   * @param directory where the lock files are
   * @param locker how a file is locked
   */
  public Locks(Path directory, FileLocker locker) {
    this.directory = directory;
    this.locker = locker;
  }

  /**
   * Takes the lock and waits as long as that takes.
   *
   * @param name the lock's name, a plain file name
   * @throws SystemException if the system refuses or the thread is interrupted
   */
  public FileLocker.Held acquire(String name, Mode mode) {
    FileLocker.Held held = take(name, mode, true);
    if (held == null) {
      throw new IllegalStateException("waited for " + name + " in vain");
    }
    return held;
  }

  /**
   * Takes the lock if that is possible at once.
   *
   * @return the lock, or null if someone is in the way
   * @throws SystemException if the system refuses
   */
  public FileLocker.@Nullable Held tryAcquire(String name, Mode mode) {
    return take(name, mode, false);
  }

  /** The directory with the lock files. */
  public Path directory() {
    return directory;
  }

  /**
   * Deletes the file of a lock that nobody will want again, such as that of something which is gone
   * and whose name is never used twice. The caller holds the lock, or knows that nobody does.
   */
  public void discard(String name) {
    DurableFiles.deleteQuietly(file(name));
  }

  /** The file of a lock, which need not exist. */
  Path file(String name) {
    return directory.resolve(name);
  }

  private FileLocker.@Nullable Held take(String name, Mode mode, boolean wait) {
    if (name.isEmpty() || name.startsWith(".") || name.indexOf('/') >= 0) {
      throw new InvalidException(name, "not a name for a lock", "");
    }
    Path file = realDirectory().resolve(name);
    Gate gate = enter(file);
    boolean taken = false;
    try {
      taken = gate.take(locker, mode == Mode.EXCLUSIVE, wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SystemException(file.toString(), "interrupted while waiting for a lock", "", e);
    } finally {
      if (!taken) {
        leave(gate);
      }
    }
    return taken ? new HeldGate(gate, mode) : null;
  }

  private synchronized Path realDirectory() {
    Path real = realDirectory;
    if (real == null) {
      DurableFiles.createDirectories(directory);
      try {
        real = directory.toRealPath();
      } catch (IOException e) {
        throw new SystemException(directory.toString(), e);
      }
      realDirectory = real;
    }
    return real;
  }

  private static Gate enter(Path file) {
    synchronized (GATES) {
      Gate gate = GATES.get(file);
      if (gate == null) {
        gate = new Gate(file);
        GATES.put(file, gate);
      }
      gate.users++;
      return gate;
    }
  }

  private static void leave(Gate gate) {
    synchronized (GATES) {
      if (--gate.users == 0) {
        GATES.remove(gate.file);
      }
    }
  }

  /** The lock of one file among the threads of this JVM. */
  private static final class Gate {
    final Path file;
    int users; // guarded by GATES: threads that hold or want this gate

    // The rest is guarded by this gate's monitor.
    private int sharers;
    private boolean exclusive;
    private boolean opening; // a thread is between the gate and the file lock
    private FileLocker.@Nullable Held fileLock;

    Gate(Path file) {
      this.file = file;
    }

    boolean take(FileLocker locker, boolean alone, boolean wait) throws InterruptedException {
      synchronized (this) {
        while (opening || exclusive || alone && sharers > 0) {
          if (!wait) {
            return false;
          }
          wait();
        }
        if (sharers > 0) {
          sharers++;
          return true;
        }
        opening = true;
      }
      FileLocker.Held lock = null;
      try {
        // Outside the monitor: another process may make this last.
        lock = wait ? locker.lock(file, alone) : locker.tryLock(file, alone);
      } finally {
        synchronized (this) {
          opening = false;
          if (lock != null) {
            fileLock = lock;
            exclusive = alone;
            sharers = alone ? 0 : 1;
          }
          notifyAll();
        }
      }
      return lock != null;
    }

    synchronized void release(boolean alone) {
      if (alone) {
        exclusive = false;
      } else {
        sharers--;
      }
      if (sharers == 0 && fileLock != null) {
        FileLocker.Held lock = fileLock;
        fileLock = null;
        lock.close();
      }
      notifyAll();
    }
  }

  private static final class HeldGate implements FileLocker.Held {
    private final Gate gate;
    private final Mode mode;
    private boolean closed;

    HeldGate(Gate gate, Mode mode) {
      this.gate = gate;
      this.mode = mode;
    }

    @Override
    public void close() {
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
      }
      gate.release(mode == Mode.EXCLUSIVE);
      leave(gate);
    }
  }
}

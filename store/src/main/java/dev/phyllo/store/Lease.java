package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/**
 * Keeps content and snapshots from garbage collection until it is closed or its process dies,
 * however that happens; see {@link Leases}. Several threads may use one.
 *
 * <p>Protect first, then look: what was present before it was protected may have been collected in
 * between.
 */
public final class Lease implements AutoCloseable {
  static final String BLOB = "blob ";
  static final String SNAPSHOT = "snapshot ";

  private final Path file;
  private final Locks locks;
  private final String lockName;
  private final FileLocker.Held lock;
  private final FileChannel channel;
  private final Set<String> written = new HashSet<>(); // guarded by this
  private boolean closed; // guarded by this

  /** Takes over the lock; the caller shares the lock against collections. */
  Lease(Path file, FileLocker.Held lock, Locks locks, String lockName) {
    this.file = file;
    this.lock = lock;
    this.locks = locks;
    this.lockName = lockName;
    try {
      channel =
          FileChannel.open(
              file,
              DurableFiles.options(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
              DurableFiles.mode(file, "rw-------"));
    } catch (IOException e) {
      lock.close();
      throw new SystemException(file.toString(), e);
    }
    CrashPoints.reached("lease begun");
  }

  /** Keeps a blob from now on, whether it is there yet or not. */
  public void protect(Digest digest) {
    add(BLOB + digest);
  }

  /**
   * Keeps a snapshot, and with it those it stands on, from now on, whether it is there yet or not.
   *
   * @param key its key or name, without line breaks
   */
  public void protectSnapshot(String key) {
    if (key.indexOf('\n') >= 0) {
      throw new InvalidException(key, "not a key for a snapshot", "leave the line feed out");
    }
    add(SNAPSHOT + key);
  }

  private synchronized void add(String line) {
    if (closed) {
      throw new IllegalStateException("the lease has ended");
    }
    if (written.contains(line)) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    try (FileLocker.Held _ = locks.acquire(Leases.GC_LOCK, Locks.Mode.SHARED)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    written.add(line);
  }

  /** Ends the lease. What has no name by now is garbage. */
  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    try {
      channel.close();
    } catch (IOException _) {
      // Nothing in it has to last.
    }
    // The lock goes last: a file whose lock is free is taken for a dead process'.
    DurableFiles.deleteQuietly(file);
    locks.discard(lockName);
    lock.close();
  }
}

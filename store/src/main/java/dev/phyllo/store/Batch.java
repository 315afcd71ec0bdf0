package dev.phyllo.store;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.Work;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Several blobs that share the cost of becoming durable: all are written, then all are
 * synchronised, then all are renamed into place, then the directory is synchronised once.
 *
 * <p>A blob is visible in the store after {@link #commit}. It may be visible earlier: whenever the
 * batch has to wait for another process that writes a blob it wants too, it first commits what it
 * has, so that it never waits while others wait for it. A blob nobody names is harmless.
 *
 * <p>Closed without commit, what is not yet visible is dropped. Several threads may use one batch.
 */
public final class Batch implements AutoCloseable {
  private static final int BUFFER = 256 << 10;
  private static final long LONGEST_PAUSE_MILLIS = 20;

  private final ContentStore store;
  private final IngestFiles ingests;
  private final Syncer syncer;

  // All guarded by this batch's monitor.
  private final Map<Digest, Pending> pending = new LinkedHashMap<>();
  private final Set<Digest> inFlight = new HashSet<>();
  private final EnumSet<Digest.Algorithm> unsynced = EnumSet.noneOf(Digest.Algorithm.class);
  private final List<String> lockNames = new ArrayList<>();
  private FileLocker.@Nullable Held presence;
  private boolean closed;

  /** A verified blob in its ingest file. */
  private record Pending(Path file, FileLocker.Held lock) {}

  Batch(ContentStore store, Syncer syncer) {
    this.store = store;
    this.ingests = store.ingests();
    this.syncer = syncer;
  }

  /**
   * Reads a blob and verifies its digest and size while writing it. If the store has the blob, or
   * another process brings it while this call waits for it, the stream is not read.
   *
   * @param expected the blob's digest and size
   * @param in the blob's bytes, read to one byte past the expected size at most; not closed
   * @return whether the blob was written
   * @throws CorruptException if the bytes are not the blob; nothing is kept of them
   * @throws SystemException if the stream or the disk fails
   */
  public boolean ingest(Descriptor expected, InputStream in) {
    try (Work work = store.receiving(expected)) {
      boolean written = ingest(expected, work.count(in), claim(expected.digest(), expected.size()));
      if (written) {
        work.done();
      } else {
        work.present();
      }
      return written;
    }
  }

  private boolean ingest(Descriptor expected, InputStream in, FileLocker.@Nullable Held lock) {
    if (lock == null) {
      return false;
    }
    Digest digest = expected.digest();
    Path file = ingests.file(IngestFiles.name(digest));
    boolean kept = false;
    try {
      write(expected, in, file);
      kept = true;
      add(digest, expected.size(), file, lock);
    } finally {
      synchronized (this) {
        inFlight.remove(digest);
      }
      if (!kept) {
        DurableFiles.deleteQuietly(file);
        lock.close();
      }
    }
    return true;
  }

  /**
   * Begins a blob of which a part may be here already, from an attempt that broke off. Close it
   * before the batch.
   *
   * @return empty if the store has the blob, or another process brought it while this call waited
   */
  public Optional<Partial> resume(Descriptor expected) {
    Digest digest = expected.digest();
    FileLocker.Held lock = claim(digest, expected.size());
    if (lock == null) {
      return Optional.empty();
    }
    boolean begun = false;
    try {
      Path file = ingests.file(IngestFiles.name(digest));
      Partial partial = new Partial(this, expected, file, lock);
      begun = true;
      return Optional.of(partial);
    } finally {
      if (!begun) {
        endResumed(digest, lock);
      }
    }
  }

  void addResumed(Digest digest, long size, Path file, FileLocker.Held lock) {
    try {
      add(digest, size, file, lock);
    } finally {
      synchronized (this) {
        inFlight.remove(digest);
      }
    }
  }

  synchronized void endResumed(Digest digest, FileLocker.Held lock) {
    inFlight.remove(digest);
    lock.close();
  }

  /**
   * Opens a blob that was ingested here, committed or not, or is in the store.
   *
   * @throws dev.phyllo.oci.NotFoundException if it is neither
   */
  public synchronized InputStream open(Digest digest) {
    Pending p = pending.get(digest);
    if (p == null) {
      return store.open(digest);
    }
    try {
      return Files.newInputStream(p.file());
    } catch (IOException e) {
      throw new SystemException(p.file().toString(), e);
    }
  }

  /** Begins a blob whose digest is not known yet. Close it before the batch. */
  public Ingest begin(Digest.Algorithm algorithm) {
    return begin(algorithm, false);
  }

  synchronized Ingest begin(Digest.Algorithm algorithm, boolean ownsBatch) {
    String name = "part-" + DurableFiles.uniqueName();
    FileLocker.Held lock = lock(name);
    if (lock == null) {
      throw new IllegalStateException(name + " is not unique");
    }
    boolean begun = false;
    try {
      Ingest ingest = new Ingest(this, ownsBatch, ingests.file(name), lock, algorithm);
      begun = true;
      return ingest;
    } finally {
      if (!begun) {
        lock.close();
      }
    }
  }

  /**
   * Makes every blob that was ingested so far durable and visible. The batch can be used further.
   *
   * @throws SystemException if the disk refuses
   */
  public synchronized void commit() {
    checkOpen();
    List<FileLocker.Held> locks = new ArrayList<>(pending.size());
    try {
      if (!pending.isEmpty()) {
        store.ensureLayout();
        List<Path> files = new ArrayList<>(pending.size());
        for (Pending p : pending.values()) {
          files.add(p.file());
        }
        syncer.sync(ingests.directory(), files);
        CrashPoints.reached("blobs synchronised");
        Iterator<Map.Entry<Digest, Pending>> each = pending.entrySet().iterator();
        while (each.hasNext()) {
          Map.Entry<Digest, Pending> next = each.next();
          Digest digest = next.getKey();
          unsynced.add(digest.algorithm());
          DurableFiles.createDirectories(store.blobDirectory(digest.algorithm()));
          DurableFiles.moveIntoPlace(next.getValue().file(), store.path(digest));
          locks.add(next.getValue().lock());
          each.remove();
        }
      }
      for (Digest.Algorithm algorithm : unsynced) {
        DurableFiles.syncDirectory(store.blobDirectory(algorithm));
      }
      unsynced.clear();
    } finally {
      // Given back only now: who waited for one of them relies on a blob that is durable.
      closeAll(locks);
    }
  }

  /** Drops what is not committed. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<FileLocker.Held> locks = new ArrayList<>(pending.size());
    for (Pending p : pending.values()) {
      DurableFiles.deleteQuietly(p.file());
      locks.add(p.lock());
    }
    pending.clear();
    closeAll(locks);
    if (presence != null) {
      presence.close();
      ingests.removeLockFiles(lockNames);
    }
  }

  /**
   * Takes over a verified ingest file; called with the lock of its name, which it takes over too.
   */
  synchronized void add(Digest digest, long size, Path file, FileLocker.Held lock) {
    store.reportVerified(digest, size);
    boolean wanted = false;
    try {
      checkOpen();
      store.protect(digest); // known only now where it was begun without its digest
      wanted = !pending.containsKey(digest) && !store.hasWithSize(digest, size);
      unsynced.add(digest.algorithm());
    } finally {
      if (wanted) {
        pending.put(digest, new Pending(file, lock));
      } else {
        DurableFiles.deleteQuietly(file);
        lock.close();
      }
    }
  }

  /**
   * Waits until the blob is present or its lock is ours.
   *
   * @return the lock, or null if there is nothing to do
   */
  private FileLocker.@Nullable Held claim(Digest digest, long size) {
    store.protect(digest);
    for (long pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      synchronized (this) {
        checkOpen();
        if (isHere(digest, size)) {
          return null;
        }
        FileLocker.Held lock = inFlight.contains(digest) ? null : lock(IngestFiles.name(digest));
        if (lock != null) {
          // Whoever had the lock a moment ago may have finished.
          if (isHere(digest, size)) {
            lock.close();
            return null;
          }
          inFlight.add(digest);
          return lock;
        }
        // Whoever has it may be waiting for one of ours: never wait while holding something.
        commit();
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SystemException(
            digest.toString(), "interrupted while another process brings it", "", e);
      }
    }
  }

  private boolean isHere(Digest digest, long size) {
    if (pending.containsKey(digest)) {
      return true;
    }
    if (!store.hasWithSize(digest, size)) {
      return false;
    }
    // It may have been renamed into place a moment ago by someone who has not yet synchronised the
    // directory; commit() does, so that our caller can rely on the blob as if it were our own.
    unsynced.add(digest.algorithm());
    store.reportPresent(digest, size);
    return true;
  }

  private FileLocker.@Nullable Held lock(String ingestName) {
    checkOpen();
    if (presence == null) {
      presence = ingests.acquirePresence();
    }
    String name = IngestFiles.lockName(ingestName);
    FileLocker.Held held = ingests.tryLock(name);
    if (held != null) {
      lockNames.add(name);
    }
    return held;
  }

  private static void write(Descriptor expected, InputStream in, Path file) {
    Digest digest = expected.digest();
    long size = expected.size();
    try (BlobWriter out = new BlobWriter(file, digest.algorithm())) {
      // One byte more than the blob has, so that a blob that goes on is noticed; never more.
      byte[] buffer = new byte[(int) Math.min(BUFFER, size) + 1];
      while (out.count() <= size) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length - 1, size - out.count()) + 1);
        if (n < 0) {
          break;
        }
        if (out.count() + n > size) {
          throw wrongSize(digest, size + 1, size);
        }
        out.write(buffer, 0, n);
      }
      if (out.count() != size) {
        throw wrongSize(digest, out.count(), size);
      }
      Digest actual = out.finish();
      if (!actual.equals(digest)) {
        throw wrongDigest(digest, actual);
      }
    } catch (IOException e) {
      throw new SystemException(
          digest.toString(), "cannot be read from its source: " + reason(e), "try again", e);
    }
  }

  static CorruptException wrongSize(Digest digest, long actual, long expected) {
    return new CorruptException(
        digest.toString(),
        actual > expected
            ? "longer than the " + expected + " bytes its descriptor says"
            : "ends after " + actual + " of the " + expected + " bytes its descriptor says",
        "get the image again from where it came from");
  }

  static CorruptException wrongDigest(Digest expected, Digest actual) {
    return new CorruptException(
        expected.toString(),
        "its bytes have the digest " + actual,
        "get the image again from where it came from");
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private static void closeAll(List<FileLocker.Held> locks) {
    for (FileLocker.Held lock : locks) {
      lock.close();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the batch is closed");
    }
  }
}

package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * What keeps garbage collection from taking what is being brought and has no name yet.
 *
 * <p>Two rules make it work. Whoever brings content or unpacks it writes into a {@link Lease} what
 * it is about to rely on, and only <em>then</em> looks whether the thing is present; the writing
 * shares the lock {@value #GC_LOCK}. Whoever collects holds that lock alone from before it looks
 * what is needed until it has deleted what is not. So an entry of a lease is never made in the
 * middle of a collection: either the collection sees it, or what it deletes was gone before the
 * owner of the lease looked. A collection waits for a single entry at most, never for the work that
 * a lease stands for; that work waits for one collection at most.
 *
 * <p>A lease is a file below {@code leases/} and a lock of the same name that its owner holds. The
 * kernel drops the lock however the owner dies, and the next collection removes the file. Nothing
 * of it is durable: after a power failure no owner is alive.
 */
public final class Leases {
  /** Shared for each entry of a lease, exclusive to who collects garbage. */
  public static final String GC_LOCK = "gc";

  private static final String LOCK_PREFIX = "lease-";

  private final Path directory;
  private final Locks locks;

  /** The leases of a namespace. */
  public Leases(NamespaceDirs dirs, Locks locks) {
    this.directory = dirs.leases();
    this.locks = locks;
  }

  /**
   * Begins a lease that protects nothing yet. Close it once everything that needs keeping has a
   * name.
   */
  public Lease begin() {
    DurableFiles.createDirectories(directory);
    String name = DurableFiles.uniqueName();
    try (FileLocker.Held _ = locks.acquire(GC_LOCK, Locks.Mode.SHARED)) {
      FileLocker.Held held = locks.tryAcquire(LOCK_PREFIX + name, Locks.Mode.EXCLUSIVE);
      if (held == null) {
        throw new IllegalStateException(name + " is not unique");
      }
      return new Lease(directory.resolve(name), held, locks, LOCK_PREFIX + name);
    }
  }

  /**
   * What a collection has to keep because of leases.
   *
   * @param live how many leases there are
   * @param stale how many were removed because their owners are dead
   * @param digests the content
   * @param snapshots the keys of snapshots
   */
  public record Protected(int live, int stale, Set<Digest> digests, Set<String> snapshots) {
    /** Keeps copies. */
    public Protected {
      digests = Set.copyOf(digests);
      snapshots = Set.copyOf(snapshots);
    }
  }

  /**
   * Reads the leases of the living and removes those of the dead. The caller holds {@value
   * #GC_LOCK} alone, and reads the names of images afterwards: a lease that ended before this has
   * its names written.
   */
  public Protected collect() {
    int live = 0;
    int stale = 0;
    Set<Digest> digests = new HashSet<>();
    Set<String> snapshots = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (removeIfStale(file)) {
          stale++;
        } else {
          live++;
          read(file, digests, snapshots);
        }
      }
    } catch (NoSuchFileException _) {
      // No lease yet.
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
    return new Protected(live, stale, digests, snapshots);
  }

  /** How many leases belong to dead processes. */
  public int countStale() {
    return count(false);
  }

  /** How many leases belong to processes that live. */
  public int countLive() {
    return count(true);
  }

  private int count(boolean live) {
    int count = 0;
    for (String name : DurableFiles.names(directory)) {
      try (FileLocker.Held held = locks.tryAcquire(LOCK_PREFIX + name, Locks.Mode.SHARED)) {
        count += (held == null) == live ? 1 : 0;
      }
    }
    return count;
  }

  private boolean removeIfStale(Path file) {
    String lock = LOCK_PREFIX + file.getFileName();
    try (FileLocker.Held held = locks.tryAcquire(lock, Locks.Mode.EXCLUSIVE)) {
      if (held == null) {
        return false;
      }
      DurableFiles.deleteTree(file);
      locks.discard(lock);
      return true;
    }
  }

  private static void read(Path file, Set<Digest> digests, Set<String> snapshots) {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      return; // It ended a moment ago, or protects nothing yet.
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n", -1)) {
      if (line.startsWith(Lease.SNAPSHOT)) {
        snapshots.add(line.substring(Lease.SNAPSHOT.length()));
      } else if (line.startsWith(Lease.BLOB)
          && Digest.isValid(line.substring(Lease.BLOB.length()))) {
        digests.add(Digest.parse(line.substring(Lease.BLOB.length())));
      }
    }
  }
}

package dev.phyllo.build;

import dev.phyllo.build.cache.BuildCache;
import dev.phyllo.build.containerfile.Mount;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.Digest;
import dev.phyllo.snapshots.PlainTree;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The directories of {@code --mount=type=cache}: by id, owner and permissions, below the build
 * cache. A lock by the directory's name, held while a command runs, is what sharing means: shared
 * by all, or one's alone, whoever waits or takes the next directory; and whoever prunes takes it
 * alone too.
 */
final class CacheMounts {
  private final BuildCache cache;
  private final Locks locks;

  CacheMounts(BuildCache cache, Locks locks) {
    this.cache = cache;
    this.locks = locks;
  }

  /** A cache while somebody uses it. */
  record Held(Path directory, FileLocker.Held lock) implements AutoCloseable {
    @Override
    public void close() {
      lock.close();
    }
  }

  /**
   * Gets the cache, waiting for it where that is asked for.
   *
   * @param filling puts into a new one what it begins with
   */
  Held acquire(Mount.Cache mount, Consumer<Fd> filling) {
    String identity = mount.id() + "\n" + mount.uid() + ":" + mount.gid() + " " + mount.mode();
    String name = Digest.sha256(identity.getBytes(StandardCharsets.UTF_8)).shortHex();
    if (mount.sharing() == Mount.Sharing.PRIVATE) {
      for (int i = 0; ; i++) {
        String one = name + "-" + i;
        FileLocker.Held lock = locks.tryAcquire(BuildCache.mountLock(one), Locks.Mode.EXCLUSIVE);
        if (lock != null) {
          return held(one, lock, mount, filling);
        }
      }
    }
    Locks.Mode mode =
        mount.sharing() == Mount.Sharing.LOCKED ? Locks.Mode.EXCLUSIVE : Locks.Mode.SHARED;
    return held(name, locks.acquire(BuildCache.mountLock(name), mode), mount, filling);
  }

  private Held held(String name, FileLocker.Held lock, Mount.Cache mount, Consumer<Fd> filling) {
    boolean done = false;
    try {
      Path directory = cache.mounts().resolve(name);
      // Two that share it may both find it missing: the lock of its making is another one.
      try (FileLocker.Held _ = locks.acquire("build-cache-new", Locks.Mode.EXCLUSIVE)) {
        if (!Files.isDirectory(directory)) {
          // Filled under another name: one that was filled by half is never seen as a cache.
          Path fresh = directory.resolveSibling(name + ".new");
          PlainTree.remove(fresh);
          DurableFiles.createDirectories(fresh);
          byte[] path = fresh.toString().getBytes(StandardCharsets.UTF_8);
          try (Fd open = FileCalls.open(fresh.toString(), Open.RDONLY | Open.DIRECTORY)) {
            filling.accept(open);
          }
          FileCalls.fchownat(Fd.CWD, path, mount.uid(), mount.gid(), 0);
          FileCalls.fchmodat(Fd.CWD, path, mount.mode());
          byte[] place = directory.toString().getBytes(StandardCharsets.UTF_8);
          FileCalls.renameat2(Fd.CWD, path, Fd.CWD, place, 0);
        }
      }
      done = true;
      return new Held(directory, lock);
    } finally {
      if (!done) {
        lock.close();
      }
    }
  }
}

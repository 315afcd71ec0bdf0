package dev.phyllo.containers;

import dev.phyllo.containers.volumes.NamedVolume;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.MountNamespace;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Pidfd;
import dev.phyllo.linux.Resolve;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.store.FileLocker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A container's root as a descriptor, with its volumes in it, for as long as this is open.
 *
 * <p>Of one that runs, it is the root of its process, as that sees it. Of one that does not, the
 * root and the volumes are mounted in a mount namespace that belongs to one waiting thread, and
 * vanish with that; nobody can start or remove the container meanwhile. No program is executed in
 * the root (CVE-2019-14271), and every path in it is resolved by the kernel with {@link
 * Resolve#IN_ROOT}, so that exchanging links during a copy leads nowhere else (CVE-2018-15664).
 */
public final class ContainerRoot implements AutoCloseable {
  private final Fd root;
  private final @Nullable RootOwners owners;
  private final Runnable end;

  private ContainerRoot(Fd root, @Nullable RootOwners owners, Runnable end) {
    this.root = root;
    this.owners = owners;
    this.end = end;
  }

  /** Whose its files are, where they look different from outside; null if they do not. */
  @Nullable RootOwners owners() {
    return owners;
  }

  /** The root directory, opened for reading. */
  public Fd fd() {
    return root;
  }

  /**
   * Of a process that runs.
   *
   * @param directory the container's own on the host
   * @param process known by a descriptor, so that its number is nobody else's when the root is open
   */
  static ContainerRoot ofProcess(Container c, Path directory, Pidfd process) {
    Fd root = FileCalls.open("/proc/" + process.pid() + "/root", Open.RDONLY | Open.DIRECTORY);
    if (process.hasEnded()) {
      root.close();
      throw new ConflictException(c.name(), "the container ended just now", "try again");
    }
    RootOwners owners =
        c.spec().security().users().isPresent()
            ? UserRanges.read(directory).map(RootOwners::new).orElse(null)
            : null;
    return new ContainerRoot(root, owners, () -> {});
  }

  /**
   * Of a container that does not run.
   *
   * @param claim keeps it so; closed with this
   * @param mounts its writable layer
   */
  static ContainerRoot ofLayer(
      Container c,
      Path directory,
      Supplier<List<Mount>> mounts,
      Volumes volumes,
      FileLocker.Held claim) {
    CountDownLatch ready = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    Fd[] root = new Fd[1];
    RuntimeException[] failure = new RuntimeException[1];
    Thread keeper =
        Thread.ofPlatform()
            .daemon()
            .name("root of " + c.name())
            .start(() -> {
              try {
                root[0] = mounted(c, directory, mounts.get(), volumes);
              } catch (RuntimeException e) {
                failure[0] = e;
              }
              ready.countDown();
              await(done);
            });
    await(ready);
    Runnable end =
        () -> {
          done.countDown();
          join(keeper);
          claim.close();
        };
    if (failure[0] != null) {
      end.run();
      throw failure[0];
    }
    return new ContainerRoot(root[0], null, end); // on disk they are whose they are inside
  }

  /** In a mount namespace of this thread. */
  private static Fd mounted(Container c, Path directory, List<Mount> mounts, Volumes volumes) {
    MountNamespace.unshareThread();
    Path place = directory.resolve("rootfs");
    try {
      Files.createDirectories(place);
    } catch (java.io.IOException e) {
      throw new SystemException(place.toString(), e);
    }
    try (Fd tree = RootMount.open(mounts, place)) {
      Mounts.moveMount(tree, Fd.CWD, RootMount.bytes(place.toString()));
    }
    Fd root = FileCalls.open(place.toString(), Open.RDONLY | Open.DIRECTORY);
    try {
      List<Volume> all = new ArrayList<>(c.spec().storage().volumes());
      all.sort((a, b) -> Integer.compare(a.target().length(), b.target().length()));
      for (Volume v : all) {
        attach(v, volumes, root);
      }
      return root;
    } catch (PhylloException e) {
      root.close();
      throw e;
    }
  }

  /** What is not there, on either side, is not shown. */
  private static void attach(Volume v, Volumes volumes, Fd root) {
    Optional<String> source =
        switch (v.type()) {
          case BIND -> Optional.of(v.source());
          case VOLUME -> volumes.find(v.source()).map(NamedVolume::data).map(Path::toString);
          case TMPFS -> Optional.empty();
        };
    if (source.isEmpty() || !Files.exists(Path.of(source.get()))) {
      return;
    }
    int number =
        FileCalls.tryOpenat2(
            root,
            RootMount.bytes(v.target().substring(1)),
            Open.PATH,
            0,
            Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
    if (number < 0) {
      return;
    }
    try (Fd place = Fd.of(number);
        Fd tree =
            Mounts.openTree(
                Fd.CWD, RootMount.bytes(source.get()), MountFlags.OPEN_TREE_CLONE | At.RECURSIVE)) {
      Mounts.setAttributes(
          tree, true, v.readOnly() ? MountFlags.ATTR_RDONLY : 0, 0, MountFlags.MS_PRIVATE);
      Mounts.moveMount(tree, place, new byte[0]);
    } catch (SystemException e) {
      if (e.errno()
          != Errno.ENOTDIR) { // a file in the place of a directory: it cannot start either
        throw e;
      }
    }
  }

  private static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void join(@Nullable Thread thread) {
    try {
      if (thread != null) {
        thread.join();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    root.close();
    end.run();
  }
}

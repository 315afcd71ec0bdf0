package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.snapshots.DetachedMount;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.LiveMounts;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Snapshotter;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Image;
import dev.phyllo.store.Locks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Mounts that people ask for, in the mount namespace of this process.
 *
 * <p>What is committed is shown through a snapshot made for the mount: a view, or with {@code
 * writable} an active one, so that collectors leave its parents alone. Order: record, snapshot,
 * place, mount; and backwards when it goes. A crash in between leaves a record that {@code umount}
 * cleans up.
 */
final class Mounting {
  private static final String LOCK = "mounts";

  private final Phyllo engine;
  private final Snapshotter snapshots;
  private final MountRecords records;

  Mounting(Phyllo engine) {
    Linux.require();
    this.engine = engine;
    this.snapshots = engine.snapshotter();
    this.records = new MountRecords(engine.dirs());
  }

  /**
   * What a name stands for.
   *
   * @param top the snapshot that is shown, or that is the parent of the one that will be
   */
  private record Shown(String kind, Optional<String> top, boolean committed) {}

  Mounted mount(MountRequest request) {
    try (FileLocker.Held _ = engine.locks().acquire(LOCK, Locks.Mode.EXCLUSIVE)) {
      Shown shown = find(request.name());
      if (!shown.committed) {
        refuseSecondMount(request.name(), shown.top.orElseThrow());
      }
      String id = "mount-" + Long.toHexString(ThreadLocalRandom.current().nextLong());
      Path target = request.target().map(Mounting::existing).orElseGet(() -> records.place(id));
      Mounted mounted =
          new Mounted(
              id,
              shown.kind,
              request.name(),
              target.toString(),
              snapshots.name(),
              shown.committed ? id : shown.top.orElseThrow(),
              !shown.committed || request.writable(),
              shown.committed,
              request.target().isEmpty(),
              System.currentTimeMillis(),
              namespace(),
              boot());
      records.write(mounted);
      boolean done = false;
      try {
        attach(mounted, shown, target);
        done = true;
        return mounted;
      } finally {
        if (!done) {
          cleanUp(mounted);
        }
      }
    }
  }

  private void attach(Mounted mounted, Shown shown, Path target) {
    List<Mount> mounts;
    if (!shown.committed) {
      mounts = snapshots.mounts(mounted.snapshot());
    } else if (mounted.writable()) {
      mounts = snapshots.prepare(mounted.snapshot(), shown.top, Map.of(), false);
    } else {
      mounts = snapshots.view(mounted.snapshot(), shown.top, Map.of(), false);
    }
    if (mounted.ownTarget()) {
      DurableFiles.createDirectories(target);
    }
    try (Linux.Tracing _ = Linux.trace(engine.options().steps());
        Fd tree = DetachedMount.open(mounts, target)) {
      Mounts.moveMount(tree, Fd.CWD, bytes(target.toString()));
    }
  }

  Mounted unmount(String name) {
    try (FileLocker.Held _ = engine.locks().acquire(LOCK, Locks.Mode.EXCLUSIVE)) {
      Mounted mounted = require(name);
      Path target = Path.of(mounted.target());
      if (namespace().equals(mounted.namespace()) && LiveMounts.isMountPoint(target)) {
        int result;
        try (Linux.Tracing _ = Linux.trace(engine.options().steps())) {
          result = Mounts.tryUmount(bytes(mounted.target()), MountFlags.UMOUNT_NOFOLLOW);
        }
        if (result == -Errno.EBUSY) {
          throw new ConflictException(
              mounted.target(), "in use", "end what works there (fuser -vm " + target + ")");
        }
        if (result < 0) {
          throw new SystemException(
              mounted.target(),
              "umount2: " + Errno.describe(-result),
              "something uses it: fuser -vm shows what",
              -result);
        }
      } else {
        refuseElsewhere(mounted);
      }
      cleanUp(mounted);
      return mounted;
    }
  }

  /** Nothing is mounted any more: removes what the mount made. */
  private void cleanUp(Mounted mounted) {
    if (mounted.ownSnapshot()) {
      Snapshotter owner = engine.snapshotter(mounted.snapshotter());
      if (owner.find(mounted.snapshot()).isPresent()) {
        owner.remove(mounted.snapshot());
      }
    }
    if (mounted.ownTarget()) {
      try {
        Files.deleteIfExists(Path.of(mounted.target()));
      } catch (IOException e) {
        throw new SystemException(mounted.target(), e);
      }
    }
    records.delete(mounted);
  }

  private Mounted require(String name) {
    Path place = Path.of(name).toAbsolutePath().normalize();
    Mounted found = null;
    for (Mounted mounted : records.list()) {
      if (mounted.target().equals(place.toString()) || mounted.id().equals(name)) {
        return mounted;
      }
      if (mounted.name().equals(name) || mounted.snapshot().equals(name)) {
        if (found != null) {
          throw new UsageException(name, "mounted more than once", "say where: phyllo mount lists");
        }
        found = mounted;
      }
    }
    if (found == null) {
      throw new NotFoundException(name, "not mounted by phyllo", "phyllo mount lists what is");
    }
    return found;
  }

  private Shown find(String name) {
    Optional<Image> image = image(name);
    if (image.isPresent()) {
      List<Digest> chain = engine.unpacking().of(image.get()).chainIds();
      return new Shown(
          "image",
          chain.isEmpty() ? Optional.empty() : Optional.of(chain.getLast().toString()),
          true);
    }
    Optional<Container> container = engine.containers().find(name);
    if (container.isPresent()) {
      return container(container.get());
    }
    try {
      SnapshotInfo info = engine.snapshots().find(name);
      return new Shown("snapshot", Optional.of(info.key()), info.kind() == Kind.COMMITTED);
    } catch (NotFoundException e) {
      throw new NotFoundException(
          name,
          "no such image, container or snapshot",
          "phyllo images, phyllo ps -a and phyllo snapshot ls list them",
          e);
    }
  }

  private Optional<Image> image(String name) {
    try {
      return Optional.of(engine.imageReader().find(name));
    } catch (NotFoundException | InvalidException _) {
      return Optional.empty();
    }
  }

  private Shown container(Container container) {
    if (engine.containers().isRunning(container)) {
      throw new ConflictException(
          container.name(),
          "the container is running",
          "its root is /proc/PID/root of its process; or stop it first");
    }
    Roots.requireImage(container, "its files are there already");
    if (snapshots.find(container.id()).isEmpty()) {
      throw new ConflictException(
          container.name(), "never started, so it has no layer of its own", "mount its image");
    }
    return new Shown("container", Optional.of(container.id()), false);
  }

  private void refuseSecondMount(String name, String key) {
    for (Mounted mounted : records.list()) {
      if (mounted.snapshot().equals(key)) {
        throw new ConflictException(
            name, "mounted already at " + mounted.target(), "phyllo umount " + mounted.target());
      }
    }
    Optional<String> place =
        snapshots.stat(key).kind() == Kind.ACTIVE
            ? LiveMounts.of(snapshots.mounts(key))
            : Optional.empty();
    if (place.isPresent()) {
      throw new ConflictException(
          name, "mounted already at " + place.get(), "umount " + place.get());
    }
  }

  /** What is not mounted here may still be in another namespace, as long as anybody is in it. */
  private static void refuseElsewhere(Mounted mounted) {
    if (!mounted.boot().equals(boot()) || namespace().equals(mounted.namespace())) {
      return;
    }
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        if (mounted.namespace().equals(link(process.resolve("ns/mnt")))) {
          throw new ConflictException(
              mounted.target(),
              "mounted in another mount namespace, that of process " + process.getFileName(),
              "nsenter -t " + process.getFileName() + " -m phyllo umount " + mounted.target());
        }
      }
    } catch (IOException e) {
      throw new SystemException("/proc", e);
    }
  }

  private static Path existing(Path target) {
    try {
      Path real = target.toRealPath();
      if (!Files.isDirectory(real)) {
        throw new UsageException(target.toString(), "not a directory", "name a directory");
      }
      return real;
    } catch (IOException e) {
      throw new NotFoundException(target.toString(), "no such directory", "mkdir " + target, e);
    }
  }

  private static String namespace() {
    return link(Path.of("/proc/self/ns/mnt"));
  }

  private static String link(Path path) {
    try {
      return Files.readSymbolicLink(path).toString();
    } catch (IOException _) {
      return ""; // gone, or not ours to look at
    }
  }

  private static String boot() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    } catch (IOException _) {
      return "";
    }
  }

  private static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }
}

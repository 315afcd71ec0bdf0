package dev.phyllo.engine;

import dev.phyllo.linux.Linux;
import dev.phyllo.linux.MountFlags;
import dev.phyllo.linux.Mounts;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.Kind;
import dev.phyllo.snapshots.SnapshotInfo;
import dev.phyllo.snapshots.Unpacker;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.NamespaceDirs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Looks for what killed processes leave: mounts, directories, half-made things, lock files. */
final class LeftoverCheck {
  private static final String COLLECT = "phyllo gc or doctor --repair removes it";

  private final Phyllo engine;
  private final Findings findings;
  private final NamespaceDirs dirs;

  LeftoverCheck(Phyllo engine, Findings findings) {
    this.engine = engine;
    this.findings = findings;
    this.dirs = engine.dirs();
  }

  void check() {
    List<Runnable> collected = new ArrayList<>();
    if (Linux.isSupported()) {
      checkMounts();
      checkSnapshots(collected);
      for (String id : engine.containers().abandoned()) {
        say(
            collected,
            "container " + id,
            "it was to go with its process, whose keeper died before it could remove it");
      }
    }
    int ingests = count(dirs.ingest(), "");
    int stale = engine.leases().countStale();
    if (ingests > 0 && count(dirs.leases(), "") == stale) {
      say(collected, dirs.ingest().toString(), ingests + " half-written blobs of dead processes");
    }
    if (stale > 0) {
      say(collected, dirs.leases().toString(), stale + " leases of dead processes");
    }
    checkLocks();
    if (findings.isRepairing()) {
      engine.gc();
      collected.forEach(Runnable::run);
    }
  }

  /** Something that the collection at the end takes. */
  private void say(List<Runnable> collected, String thing, String problem) {
    if (findings.isRepairing()) {
      collected.add(() -> findings.repairable(thing, problem, COLLECT, () -> "removed"));
    } else {
      findings.broken(thing, problem, COLLECT);
    }
  }

  private void checkSnapshots(List<Runnable> collected) {
    for (Path directory : engine.snapshotter().garbage()) {
      say(collected, directory.toString(), "a directory that belongs to no snapshot");
    }
    for (SnapshotInfo info : engine.snapshotter().list()) {
      boolean extracting = info.kind() == Kind.ACTIVE && info.key().startsWith(Unpacker.KEY_PREFIX);
      if (extracting && engine.leases().countLive() == 0) {
        say(collected, "snapshot " + info.key(), "half unpacked by a process that died");
      }
    }
  }

  private void checkLocks() {
    int files = count(dirs.locks(), "lease-") + count(dirs.locks(), "unpack-");
    files += count(dirs.locks(), "container-") + count(dirs.locks(), "ingest-");
    if (files > 0 && engine.leases().countLive() == 0) {
      findings.harmless(
          dirs.locks().toString(),
          files + " lock files",
          "a lock is the kernel's and goes with its holder, whatever files there are");
    }
  }

  private static int count(Path directory, String prefix) {
    int count = 0;
    for (String name : DurableFiles.names(directory)) {
      if (name.startsWith(prefix)) {
        count++;
      }
    }
    return count;
  }

  /** Containers mount in a namespace of their own: nothing of theirs is ever seen here. */
  private void checkMounts() {
    List<Path> left = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
        String[] fields = line.split(" ", 6);
        if (fields.length == 6) {
          Path point = Path.of(unescape(fields[4]));
          if (point.startsWith(dirs.base().resolve("snapshots"))
              || point.startsWith(dirs.containers())) {
            left.add(point);
          }
        }
      }
    } catch (IOException e) {
      throw new SystemException("/proc/self/mountinfo", e);
    }
    for (Path point : left.reversed()) { // what was mounted last goes first
      findings.repairable(
          point.toString(),
          "a mount left behind",
          "umount it, or doctor --repair does",
          () -> {
            Mounts.umount(
                point.toString().getBytes(StandardCharsets.UTF_8),
                MountFlags.MNT_DETACH | MountFlags.UMOUNT_NOFOLLOW);
            return "unmounted";
          });
    }
  }

  /** Space, tab, newline and backslash are written as octal numbers (proc_pid_mountinfo(5)). */
  private static String unescape(String field) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] text = field.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < text.length; i++) {
      if (text[i] == '\\' && i + 3 < text.length) {
        bytes.write((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
        i += 3;
      } else {
        bytes.write(text[i]);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}

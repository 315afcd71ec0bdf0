package dev.phyllo.snapshots;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.SnapshotRecords.Entry;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The making of one active snapshot or view: its directory first, then its record. */
final class Preparation {
  /** Holds the highest number that was ever a snapshot's. */
  private static final String LAST_ID = "last-id";

  private final DirectorySnapshotter snapshots;
  private final String key;
  private final Optional<String> parentName;
  private final Map<String, String> labels;
  private final boolean durable;
  private final boolean view;

  Preparation(
      DirectorySnapshotter snapshots,
      String key,
      Optional<String> parent,
      Map<String, String> labels,
      boolean durable,
      boolean view) {
    this.snapshots = snapshots;
    this.key = key;
    this.parentName = parent;
    this.labels = labels;
    this.durable = durable;
    this.view = view;
  }

  /** See {@link Snapshotter#prepare}. */
  SnapshotRecord make() {
    DurableFiles.createDirectories(snapshots.base);
    if (snapshots.isCopied(parentName.isPresent(), view)) {
      try (FileLocker.Held _ = snapshots.fillLock(Locks.Mode.SHARED)) {
        return makeCopied(parentName.map(snapshots.records::requireParent));
      }
    }
    try (FileLocker.Held _ = snapshots.lock()) {
      requireFreeKey();
      // No method reference: this is on the way of every start of a container.
      Optional<Entry> parent =
          parentName.isEmpty()
              ? Optional.empty()
              : Optional.of(snapshots.records.requireParent(parentName.get()));
      return write(filled(claim(), parent), parent);
    }
  }

  /** Copies without the lock, and finds out afterwards whether it was worth it. */
  private SnapshotRecord makeCopied(Optional<Entry> parent) {
    String id;
    try (FileLocker.Held _ = snapshots.lock()) {
      requireFreeKey();
      id = claim();
    }
    try {
      filled(id, parent);
    } catch (CorruptException | SystemException e) {
      requireUnchanged(parent); // if it went meanwhile, that is the reason
      throw e;
    }
    boolean written = false;
    try {
      if (durable) {
        snapshots.sync(); // a record that lasts must not name a copy that does not
      }
      try (FileLocker.Held _ = snapshots.lock()) {
        requireFreeKey();
        requireUnchanged(parent);
        SnapshotRecord record = write(id, parent);
        written = true;
        return record;
      }
    } finally {
      if (!written) {
        Trees.remove(snapshots.base.resolve(id));
      }
    }
  }

  private void requireUnchanged(Optional<Entry> parent) {
    if (parent.isPresent()) {
      Entry now = snapshots.records.requireParent(parent.get().key());
      if (!now.record().id().equals(parent.get().record().id())) {
        throw new NotFoundException(now.key(), "removed while it was copied", "do it again");
      }
    }
  }

  private SnapshotRecord write(String id, Optional<Entry> parent) {
    long now = System.currentTimeMillis();
    SnapshotRecord record =
        new SnapshotRecord(
            id,
            view,
            parentName,
            parent.isEmpty() ? List.of() : snapshots.lowers(parent.get(), view),
            labels,
            now,
            now,
            durable,
            Optional.empty());
    boolean written = false;
    try {
      snapshots.records.writeActive(key, record, durable);
      written = true;
    } finally {
      if (!written) {
        Trees.remove(snapshots.base.resolve(id));
      }
    }
    return record;
  }

  private void requireFreeKey() {
    Entry taken = snapshots.records.find(key);
    if (taken != null
        && (taken.kind() == Kind.COMMITTED || snapshots.records.hasDirectory(taken.record()))) {
      throw new ConflictException(
          key,
          "there is a snapshot of that key, " + taken.kind().label(),
          "choose another key, or remove that one: phyllo snapshot rm");
    }
  }

  /**
   * The number after all that were ever used, as a new directory: a lost directory's number must
   * not be used again. The lock is held.
   */
  private String claim() {
    Path last = snapshots.base.resolve(LAST_ID);
    long known = lastId(last);
    long highest = known;
    for (String name : snapshots.names()) {
      if (SnapshotRecord.isId(name)) {
        highest = Math.max(highest, Long.parseLong(name));
      }
    }
    while (true) {
      String id = Long.toString(++highest);
      writeLastId(last, known > 0, id);
      byte[] directory = Trees.bytes(snapshots.base.resolve(id).toString());
      int made = FileCalls.tryMkdirat(Fd.CWD, directory, 0700);
      if (made == 0) {
        CrashPoints.reached("snapshot directory made");
        return id;
      }
      if (made != -Errno.EEXIST) {
        FileCalls.mkdirat(Fd.CWD, directory, 0700); // throws with the reason
      }
    }
  }

  /**
   * Numbers only grow, so the new one covers the old one's digits, and a write(2) of a few bytes is
   * whole or not at all, whoever is killed. In place, because replacing a file frees its blocks:
   * where the disk is told of that (the mount option discard), each container would wait for it.
   *
   * @param known whether the file holds a number
   */
  private static void writeLastId(Path file, boolean known, String id) {
    byte[] digits = Trees.bytes(id);
    int opened =
        known
            ? FileCalls.tryOpenat2(Fd.CWD, Trees.bytes(file.toString()), Open.WRONLY, 0, 0)
            : -Errno.ENOENT;
    if (opened < 0) {
      DurableFiles.replace(file, digits, false);
      return;
    }
    try (Fd last = Fd.of(opened)) {
      FileData.write(last, digits, 0, digits.length);
    }
    CrashPoints.reached("last snapshot number written");
  }

  private static long lastId(Path file) {
    try {
      String id = Files.readString(file);
      return SnapshotRecord.isId(id) ? Long.parseLong(id) : 0;
    } catch (IOException _) {
      return 0; // none yet
    }
  }

  /** Fills a new directory; if that fails, it is gone. */
  private String filled(String id, Optional<Entry> parent) {
    boolean filled = false;
    try (Fd dir = FileCalls.open(snapshots.base.toString(), Open.PATH | Open.DIRECTORY)) {
      byte[] name = Trees.bytes(id + "/fs");
      FileCalls.mkdirat(dir, name, 0700);
      try (Fd fs = FileCalls.openat2(dir, name, Open.RDONLY | Open.DIRECTORY, 0, 0)) {
        if (parent.isPresent()) {
          requireDirectory(dir, parent.get());
        }
        snapshots.fill(dir, id, fs, parent, view);
      }
      filled = true;
    } finally {
      if (!filled) {
        Trees.remove(snapshots.base.resolve(id));
      }
    }
    CrashPoints.reached("snapshot directory filled");
    return id;
  }

  private void requireDirectory(Fd dir, Entry parent) {
    String id = parent.record().id();
    if (FileCalls.statOrNull(dir, Trees.bytes(id + "/fs")) == null) {
      throw new CorruptException(
          parent.key(),
          "the directory of this snapshot, " + snapshots.fs(id) + ", is missing",
          "unpack the image again");
    }
  }
}

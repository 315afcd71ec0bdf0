package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.SnapshotRecords.Entry;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What snapshotters share that keep each snapshot in a directory of its own: the records, the
 * directories' names, the order in which both come and go. How a directory is filled and how it is
 * mounted is theirs.
 *
 * <pre>
 * snapshots/NAME/7/fs      the snapshot's own entries
 * snapshots/NAME/active/KEY.json, committed/NAME.json, last-id
 * </pre>
 *
 * <p>{@code 7} has mode 0700, so nobody but root gets to the files below; {@code 7/fs} is what
 * becomes the root directory of a tree and looks like its parent's.
 *
 * <p>The record decides: a directory that no record names is garbage of a crash, a record comes
 * into being after its directory and goes before it. Records are changed under one lock, reading
 * needs none. A directory that takes long to fill is filled without that lock, so that containers
 * can start meanwhile; a second one, shared by all who fill, keeps collectors away.
 */
abstract class DirectorySnapshotter implements Snapshotter {
  final Path base;
  final SnapshotRecords records;
  private final Locks locks;
  private final StepListener steps;

  DirectorySnapshotter(String name, NamespaceDirs dirs, Locks locks, StepListener steps) {
    this.base = dirs.snapshots(name);
    this.locks = locks;
    this.steps = steps;
    this.records = new SnapshotRecords(base);
  }

  // What a kind of snapshotter decides.

  /**
   * The directories that are merged below a snapshot with this parent, nearest first.
   *
   * @param view whether it will only be looked at
   */
  abstract List<String> lowers(Entry parent, boolean view);

  /** Whether a new directory starts with a copy of something, which takes its time. */
  abstract boolean isCopied(boolean hasParent, boolean view);

  /**
   * Fills a new directory, which has an empty {@code fs} of mode 0700.
   *
   * @param dir the directory of all snapshots
   * @param id the new directory's name
   * @param fs its {@code fs}, open
   */
  abstract void fill(Fd dir, String id, Fd fs, Optional<Entry> parent, boolean view);

  abstract List<Mount> mounts(SnapshotRecord record);

  // Reading.

  @Override
  public SnapshotInfo stat(String key) {
    return info(records.require(key));
  }

  @Override
  public Optional<SnapshotInfo> find(String key) {
    Entry entry = records.find(key);
    return entry == null ? Optional.empty() : Optional.of(info(entry));
  }

  @Override
  public List<SnapshotInfo> list() {
    List<SnapshotInfo> infos = new ArrayList<>();
    for (Entry entry : records.all()) {
      infos.add(info(entry));
    }
    return infos;
  }

  @Override
  public Usage usage(String key) {
    Entry entry = records.require(key);
    Optional<Usage> known = entry.record().usage();
    return entry.kind() == Kind.COMMITTED && known.isPresent()
        ? known.get()
        : Trees.usage(fs(entry.record().id()));
  }

  @Override
  public List<Mount> mounts(String key) {
    Entry entry = records.require(key);
    if (entry.kind() == Kind.COMMITTED) {
      throw new ConflictException(
          key, "committed, so it is not mounted itself", "make a view of it");
    }
    return mounts(entry.record());
  }

  @Override
  public Path layerDirectory(String key) {
    return fs(records.require(key).record().id());
  }

  @Override
  public List<Path> layerDirectories(String key) {
    Entry entry = records.require(key);
    List<Path> directories = new ArrayList<>();
    if (entry.kind() != Kind.VIEW) {
      directories.add(fs(entry.record().id()));
    }
    directories.addAll(lowers(entry.record()));
    return directories;
  }

  // Changing.

  @Override
  public SnapshotInfo update(String key, Map<String, String> labels) {
    try (FileLocker.Held _ = lock()) {
      Entry old = records.require(key);
      SnapshotRecord record = old.record().withLabels(labels, System.currentTimeMillis());
      Entry entry = new Entry(key, old.kind(), record);
      records.write(entry);
      return info(entry);
    }
  }

  @Override
  public List<Mount> prepare(
      String key, Optional<String> parent, Map<String, String> labels, boolean durable) {
    return create(key, parent, labels, durable, false);
  }

  @Override
  public List<Mount> view(
      String key, Optional<String> parent, Map<String, String> labels, boolean durable) {
    return create(key, parent, labels, durable, true);
  }

  private List<Mount> create(
      String key,
      Optional<String> parent,
      Map<String, String> labels,
      boolean durable,
      boolean view) {
    SnapshotRecord record = new Preparation(this, key, parent, labels, durable, view).make();
    if (steps.isListening()) {
      Kind kind = view ? Kind.VIEW : Kind.ACTIVE;
      steps.done(new SnapshotPrepared(key, kind, parent, base.resolve(record.id())));
    }
    return mounts(record);
  }

  /** The root of a tree looks like its parent's, or as a root directory does. */
  static void lookLikeParent(Fd dir, Fd fs, Optional<Entry> parent) {
    if (parent.isEmpty()) {
      FileCalls.fchmod(fs, 0755);
      return;
    }
    byte[] below = Trees.bytes(parent.get().record().id() + "/fs");
    try (Fd from = FileCalls.openat2(dir, below, Open.RDONLY | Open.DIRECTORY, 0, 0)) {
      Stat stat = FileCalls.statx(from);
      FileCalls.fchown(fs, stat.uid(), stat.gid());
      for (byte[] name : Xattrs.list(from)) {
        Attributes.copyOne(name, Xattrs.get(from, name), fs);
      }
      FileCalls.fchmod(fs, stat.permissions());
      FileCalls.futimens(
          fs, stat.accessSeconds(), stat.accessNanos(), stat.modifySeconds(), stat.modifyNanos());
    }
  }

  // Committing.

  @Override
  public void commitAll(List<Commit> commits) {
    if (commits.isEmpty()) {
      return;
    }
    new Commits(this).all(commits);
    if (steps.isListening()) {
      for (Commit commit : commits) {
        steps.done(new SnapshotCommitted(commit.name(), commit.key()));
      }
    }
  }

  // Removing.

  @Override
  public void remove(String key) {
    Entry entry;
    try (FileLocker.Held _ = lock()) {
      entry = records.require(key);
      if (entry.kind() == Kind.COMMITTED) {
        Entry child = records.childOf(key);
        if (child != null) {
          throw new ConflictException(
              key,
              "cannot be removed: it is the parent of " + child.key(),
              "remove that one first");
        }
      }
      records.delete(entry);
    }
    // Nobody knows it any more; a crash from here on leaves garbage.
    Trees.remove(base.resolve(entry.record().id()));
    CrashPoints.reached("snapshot directory removed");
    if (steps.isListening()) {
      steps.done(new SnapshotRemoved(key, base.resolve(entry.record().id())));
    }
  }

  @Override
  public void replaceFiles(String name, String key) {
    sync();
    try (FileLocker.Held _ = lock()) {
      Replacement.exchange(base, records, name, key);
    }
    remove(key); // with the damaged files, or with nothing
  }

  @Override
  public List<Path> garbage() {
    if (!Files.isDirectory(base)) {
      return List.of();
    }
    try (FileLocker.Held _ = fillLock(Locks.Mode.EXCLUSIVE);
        FileLocker.Held _ = lock()) {
      return unowned();
    }
  }

  @Override
  public int cleanup() {
    if (!Files.isDirectory(base)) {
      return 0;
    }
    try (FileLocker.Held _ = fillLock(Locks.Mode.EXCLUSIVE);
        FileLocker.Held _ = lock()) {
      int deleted = records.deleteUnusable();
      for (Path directory : unowned()) {
        Trees.remove(directory);
        deleted++;
      }
      return deleted;
    }
  }

  /** The locks are held, so no directory waits for its record. */
  private List<Path> unowned() {
    Set<String> owned = new HashSet<>();
    for (Entry entry : records.all()) {
      owned.add(entry.record().id());
    }
    List<Path> found = new ArrayList<>();
    for (String name : names()) {
      if (SnapshotRecord.isId(name) && !owned.contains(name)) {
        found.add(base.resolve(name));
      }
    }
    found.sort(null);
    return found;
  }

  @Override
  public void sync() {
    long start = System.nanoTime();
    try (Fd dir = FileCalls.open(base.toString(), Open.RDONLY | Open.DIRECTORY)) {
      FileData.syncfs(dir);
    }
    CrashPoints.reached("snapshots synchronised");
    if (steps.isListening()) {
      steps.done(new SnapshotsSynced(base, System.nanoTime() - start));
    }
  }

  // Small things.

  final FileLocker.Held lock() {
    return locks.acquire("snapshots-" + name(), Locks.Mode.EXCLUSIVE);
  }

  /** Held by those who fill a directory without the lock, and alone by those who collect. */
  final FileLocker.Held fillLock(Locks.Mode mode) {
    return locks.acquire("snapshots-" + name() + "-fill", mode);
  }

  final String[] names() {
    String[] names = base.toFile().list();
    return names == null ? new String[0] : names;
  }

  final Path fs(String id) {
    return base.resolve(id).resolve("fs");
  }

  final List<Path> lowers(SnapshotRecord record) {
    List<Path> paths = new ArrayList<>(record.lowers().size());
    for (String id : record.lowers()) {
      paths.add(fs(id));
    }
    return paths;
  }

  private SnapshotInfo info(Entry entry) {
    SnapshotRecord r = entry.record();
    return new SnapshotInfo(
        entry.key(),
        entry.kind(),
        r.parent(),
        r.labels(),
        r.created(),
        r.updated(),
        base.resolve(r.id()));
  }
}

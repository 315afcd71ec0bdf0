package dev.phyllo.snapshots;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.snapshots.SnapshotRecords.Entry;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import dev.phyllo.store.NamespaceDirs;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Snapshots as directories that overlayfs merges (kernel documentation, overlayfs.rst).
 *
 * <pre>
 * snapshots/overlayfs/7/fs      the snapshot's own entries: the upper directory while it is written,
 *                               a lower one of its children afterwards
 * snapshots/overlayfs/7/work    the kernel's scratch directory, as long as it is active
 * snapshots/overlayfs/active/KEY.json, committed/NAME.json, last-id
 * </pre>
 *
 * <p>The directories' names are short numbers, for all of them have to fit into the options of one
 * mount on older kernels. {@code 7} has mode 0700, so nobody but root gets to the files below;
 * {@code 7/fs} is what becomes the root directory of a tree and looks like its parent's.
 *
 * <p>The record decides: a directory that no record names is garbage of a crash, a record comes
 * into being after its directory and goes before it. Changes are made under one lock, reading needs
 * none.
 */
public final class OverlaySnapshotter implements Snapshotter {
  /** The name of this snapshotter. */
  public static final String NAME = "overlayfs";

  /** Holds the highest number that was ever a snapshot's. */
  private static final String LAST_ID = "last-id";

  private static final String LOCK = "snapshots-" + NAME;

  /** There if this kernel's overlayfs knows the option {@code index}; see containerd's overlay. */
  private static final String INDEX_PARAMETER = "/sys/module/overlay/parameters/index";

  private final Path base;
  private final Locks locks;
  private final StepListener steps;
  private final SnapshotRecords records;

  /**
   * The overlay snapshots of a namespace. Nothing is created before the first snapshot is.
   *
   * @param dirs where they are
   * @param locks the namespace's locks
   * @param steps hears what is prepared, synchronised, committed and removed
   */
  public OverlaySnapshotter(NamespaceDirs dirs, Locks locks, StepListener steps) {
    this.base = dirs.snapshots(NAME);
    this.locks = locks;
    this.steps = steps;
    this.records = new SnapshotRecords(base);
  }

  @Override
  public String name() {
    return NAME;
  }

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

  private List<Mount> mounts(SnapshotRecord record) {
    List<Path> lowers = lowers(record);
    Path own = fs(record.id());
    Mount mount;
    if (lowers.isEmpty()) {
      mount = Mount.bind(own, record.view());
    } else if (!record.view()) {
      mount = Mount.overlay(lowers, own, base.resolve(record.id()).resolve("work"), options());
    } else if (lowers.size() == 1) {
      mount = Mount.bind(lowers.getFirst(), true); // nothing to merge
    } else {
      mount = Mount.overlay(lowers, options());
    }
    return List.of(mount);
  }

  /**
   * An index of copied-up hard links would tie an upper directory to its lower ones for good. In a
   * user namespace overlayfs keeps its marks in {@code user.overlay.*} (Linux 5.11).
   */
  private static List<String> options() {
    List<String> options = new ArrayList<>(2);
    if (new File(INDEX_PARAMETER).exists()) {
      options.add("index=off");
    }
    if (UserNamespace.current().isNested()) {
      options.add("userxattr");
    }
    return options;
  }

  @Override
  public boolean canRebase() {
    return true;
  }

  @Override
  public WhiteoutStyle whiteoutStyle() {
    return UserNamespace.current().isNested()
        ? WhiteoutStyle.OVERLAY_USERXATTR
        : WhiteoutStyle.OVERLAY;
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
    SnapshotRecord record;
    DurableFiles.createDirectories(base);
    try (FileLocker.Held _ = lock()) {
      Entry taken = records.find(key);
      if (taken != null
          && (taken.kind() == Kind.COMMITTED || records.hasDirectory(taken.record()))) {
        throw new ConflictException(
            key, "there is a snapshot of that key, " + taken.kind().label(), "");
      }
      List<String> lowers =
          parent.isEmpty() ? List.of() : chain(records.requireParent(parent.get()));
      String id = makeDirectory(key, parent, lowers, view);
      long now = System.currentTimeMillis();
      record =
          new SnapshotRecord(id, view, parent, lowers, labels, now, now, durable, Optional.empty());
      boolean written = false;
      try {
        records.writeActive(key, record, durable);
        written = true;
      } finally {
        if (!written) {
          Trees.remove(base.resolve(id));
        }
      }
    }
    if (steps.isListening()) {
      Kind kind = view ? Kind.VIEW : Kind.ACTIVE;
      steps.done(new SnapshotPrepared(key, kind, parent, base.resolve(record.id())));
    }
    return mounts(record);
  }

  /** The directories of a chain, from the snapshot itself down. */
  private static List<String> chain(Entry top) {
    List<String> ids = new ArrayList<>(top.record().lowers().size() + 1);
    ids.add(top.record().id());
    ids.addAll(top.record().lowers());
    return ids;
  }

  /** Makes the next free number's directory; the lock is held. */
  private String makeDirectory(
      String key, Optional<String> parent, List<String> lowers, boolean view) {
    try (Fd dir = FileCalls.open(base.toString(), Open.PATH | Open.DIRECTORY)) {
      String id = claim(dir);
      CrashPoints.reached("snapshot directory made");
      byte[] fs = Trees.bytes(id + "/fs");
      FileCalls.mkdirat(dir, fs, 0700);
      if (!view) {
        FileCalls.mkdirat(dir, Trees.bytes(id + "/work"), 0700);
      }
      try (Fd root = FileCalls.openat2(dir, fs, Open.RDONLY | Open.DIRECTORY, 0, 0)) {
        int mode = 0755;
        if (!lowers.isEmpty()) {
          byte[] top = Trees.bytes(lowers.getFirst() + "/fs");
          Stat stat = FileCalls.statOrNull(dir, top);
          if (stat == null) {
            Trees.remove(dir, Trees.bytes(id));
            throw new CorruptException(
                parent.orElse(key),
                "the directory of this snapshot, " + fs(lowers.getFirst()) + ", is missing",
                "unpack the image again");
          }
          mode = stat.permissions();
          FileCalls.fchown(root, stat.uid(), stat.gid());
        }
        FileCalls.fchmod(root, mode);
      }
      CrashPoints.reached("snapshot directory filled");
      return id;
    }
  }

  /** The number after all that were ever used: a lost directory's number must not be used again. */
  private String claim(Fd dir) {
    long highest = lastId();
    for (String name : names()) {
      if (SnapshotRecord.isId(name)) {
        highest = Math.max(highest, Long.parseLong(name));
      }
    }
    while (true) {
      String id = Long.toString(++highest);
      DurableFiles.replace(base.resolve(LAST_ID), Trees.bytes(id), false);
      int made = FileCalls.tryMkdirat(dir, Trees.bytes(id), 0700);
      if (made == 0) {
        return id;
      }
      if (made != -Errno.EEXIST) {
        FileCalls.mkdirat(dir, Trees.bytes(id), 0700); // throws with the reason
      }
    }
  }

  private long lastId() {
    try {
      String id = Files.readString(base.resolve(LAST_ID));
      return SnapshotRecord.isId(id) ? Long.parseLong(id) : 0;
    } catch (IOException _) {
      return 0; // none yet
    }
  }

  private String[] names() {
    String[] names = base.toFile().list();
    return names == null ? new String[0] : names;
  }

  // Committing.

  @Override
  public void commitAll(List<Commit> commits) {
    if (commits.isEmpty()) {
      return;
    }
    List<Usage> usages = new ArrayList<>();
    for (Commit commit : commits) {
      Entry entry = requireActive(commit.key());
      usages.add(commit.usage().orElseGet(() -> Trees.usage(fs(entry.record().id()))));
    }
    // The final facts go into the active records, where nobody trusts them yet; once they and the
    // files are on the disk, all that is left is a change of name.
    try (FileLocker.Held _ = lock()) {
      long now = System.currentTimeMillis();
      Set<String> coming = new HashSet<>();
      List<Entry> inBatch = new ArrayList<>();
      for (int i = 0; i < commits.size(); i++) {
        Commit commit = commits.get(i);
        Entry entry = requireActive(commit.key());
        requireFree(commit.name());
        SnapshotRecord done = finished(commit, entry, inBatch, usages.get(i), now);
        if (!coming.add(commit.name())) {
          throw new ConflictException(commit.name(), "committed twice", "");
        }
        inBatch.add(new Entry(commit.name(), Kind.COMMITTED, done));
        records.writeActive(commit.key(), done, false);
      }
    }
    sync(); // without the lock: it may take seconds, and containers want to start
    try (FileLocker.Held _ = lock()) {
      for (Commit commit : commits) {
        Entry entry = requireActive(commit.key());
        requireFree(commit.name());
        if (entry.record().parent().isPresent()) {
          records.requireParent(entry.record().parent().get());
        }
        records.commit(commit.key(), commit.name());
      }
      records.syncNames();
    }
    if (steps.isListening()) {
      for (Commit commit : commits) {
        steps.done(new SnapshotCommitted(commit.name(), commit.key()));
      }
    }
  }

  private SnapshotRecord finished(
      Commit commit, Entry entry, List<Entry> inBatch, Usage usage, long now) {
    SnapshotRecord record = entry.record();
    Optional<String> parent = record.parent();
    List<String> lowers = record.lowers();
    if (commit.parent().isPresent() && !commit.parent().equals(parent)) {
      if (parent.isPresent()) {
        throw new ConflictException(
            commit.key(),
            "prepared on " + parent.get() + ", so it cannot be committed on another parent",
            "");
      }
      parent = commit.parent();
      lowers = chain(parentOf(parent.get(), inBatch));
    }
    Map<String, String> labels = commit.labels().isEmpty() ? record.labels() : commit.labels();
    return record.committed(parent, lowers, labels, now, usage);
  }

  private Entry parentOf(String name, List<Entry> inBatch) {
    for (Entry entry : inBatch) {
      if (entry.key().equals(name)) {
        return entry;
      }
    }
    return records.requireParent(name);
  }

  private Entry requireActive(String key) {
    Entry entry = records.findActive(key);
    if (entry == null) {
      if (records.findCommitted(key) != null) {
        throw new ConflictException(key, "committed already", "");
      }
      throw new NotFoundException(key, "no such active snapshot", "");
    }
    if (entry.kind() == Kind.VIEW) {
      throw new ConflictException(key, "a view, which cannot be committed", "");
    }
    return entry;
  }

  private void requireFree(String name) {
    Entry taken = records.find(name);
    if (taken != null) {
      throw new ConflictException(
          name, "there is a snapshot of that name, " + taken.kind().label(), "");
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
    try (FileLocker.Held _ = lock()) {
      return unowned();
    }
  }

  @Override
  public int cleanup() {
    if (!Files.isDirectory(base)) {
      return 0;
    }
    try (FileLocker.Held _ = lock()) {
      int deleted = records.deleteUnusable();
      for (Path directory : unowned()) {
        Trees.remove(directory);
        deleted++;
      }
      return deleted;
    }
  }

  /** The lock is held, so no directory waits for its record. */
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

  private FileLocker.Held lock() {
    return locks.acquire(LOCK, Locks.Mode.EXCLUSIVE);
  }

  private Path fs(String id) {
    return base.resolve(id).resolve("fs");
  }

  private List<Path> lowers(SnapshotRecord record) {
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

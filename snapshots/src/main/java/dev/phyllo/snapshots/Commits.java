package dev.phyllo.snapshots;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.snapshots.SnapshotRecords.Entry;
import dev.phyllo.store.FileLocker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Turns active snapshots into committed ones, all with one wait for the disk. */
final class Commits {
  private final DirectorySnapshotter snapshots;

  Commits(DirectorySnapshotter snapshots) {
    this.snapshots = snapshots;
  }

  /** See {@link Snapshotter#commitAll}. */
  void all(List<Commit> commits) {
    List<Usage> usages = new ArrayList<>();
    for (Commit commit : commits) {
      Entry entry = requireActive(commit.key());
      usages.add(commit.usage().orElseGet(() -> Trees.usage(snapshots.fs(entry.record().id()))));
    }
    // The final facts go into the active records, where nobody trusts them yet; once they and the
    // files are on the disk, all that is left is a change of name.
    try (FileLocker.Held _ = snapshots.lock()) {
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
        snapshots.records.writeActive(commit.key(), done, false);
      }
    }
    snapshots.sync(); // without the lock: it may take seconds, and containers want to start
    try (FileLocker.Held _ = snapshots.lock()) {
      for (Commit commit : commits) {
        Entry entry = requireActive(commit.key());
        requireFree(commit.name());
        if (entry.record().parent().isPresent()) {
          snapshots.records.requireParent(entry.record().parent().get());
        }
        snapshots.records.commit(commit.key(), commit.name());
      }
      snapshots.records.syncNames();
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
            "commit it on that parent");
      }
      if (!snapshots.canRebase()) {
        throw new UnsupportedException(
            commit.key(),
            "the snapshotter " + snapshots.name() + " cannot give it a parent any more",
            "prepare it on that parent");
      }
      parent = commit.parent();
      lowers = snapshots.lowers(parentOf(parent.get(), inBatch), false);
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
    return snapshots.records.requireParent(name);
  }

  private Entry requireActive(String key) {
    Entry entry = snapshots.records.findActive(key);
    if (entry == null) {
      if (snapshots.records.findCommitted(key) != null) {
        throw new ConflictException(
            key, "committed already", "phyllo snapshot ls lists what is active");
      }
      throw new NotFoundException(key, "no such active snapshot", "phyllo snapshot ls lists them");
    }
    if (entry.kind() == Kind.VIEW) {
      throw new ConflictException(
          key, "a view, which cannot be committed", "prepare an active snapshot instead");
    }
    return entry;
  }

  private void requireFree(String name) {
    Entry taken = snapshots.records.find(name);
    if (taken != null) {
      throw new ConflictException(
          name,
          "there is a snapshot of that name, " + taken.kind().label(),
          "choose another name, or remove that one: phyllo snapshot rm");
    }
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.Records;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The records of a snapshotter: active ones and views in one directory, committed ones in another.
 * A snapshot is committed by renaming its record from the first to the second, so that at every
 * instant it is one or the other.
 *
 * <p>An active record that cannot be read is as good as none: it was cut short by a power failure
 * and nothing that was promised to last is behind it. A committed record that cannot be read is
 * damage, and an error.
 */
final class SnapshotRecords {
  /** A record and what it is. */
  record Entry(String key, Kind kind, SnapshotRecord record) {}

  private final Path base;
  private final Records active;
  private final Records committed;

  SnapshotRecords(Path base) {
    this.base = base;
    this.active = new Records(base.resolve("active"));
    this.committed = new Records(base.resolve("committed"));
  }

  @Nullable Entry find(String key) {
    Entry entry = findCommitted(key);
    return entry != null ? entry : findActive(key);
  }

  @Nullable Entry findActive(String key) {
    try {
      Optional<JsonObject> json = active.read(key);
      if (json.isEmpty()) {
        return null;
      }
      SnapshotRecord record = SnapshotRecord.fromJson(json.get());
      return new Entry(key, record.view() ? Kind.VIEW : Kind.ACTIVE, record);
    } catch (CorruptException | InvalidException _) {
      return null;
    }
  }

  @Nullable Entry findCommitted(String name) {
    Optional<JsonObject> json = committed.read(name);
    try {
      return json.isEmpty()
          ? null
          : new Entry(name, Kind.COMMITTED, SnapshotRecord.fromJson(json.get()));
    } catch (InvalidException e) {
      throw new CorruptException(
          e.thing(), "a damaged record: " + e.why(), "remove the image and load it again", e);
    }
  }

  Entry require(String key) {
    Entry entry = find(key);
    if (entry == null) {
      throw new NotFoundException(key, "no such snapshot", "phyllo snapshot ls lists them");
    }
    return entry;
  }

  /** The committed snapshot that is to be a parent. */
  Entry requireParent(String name) {
    Entry entry = findCommitted(name);
    if (entry != null) {
      return entry;
    }
    if (findActive(name) != null) {
      throw new ConflictException(
          name,
          "not committed, so it cannot be a parent",
          "commit it first: phyllo snapshot commit");
    }
    throw new NotFoundException(
        name, "no such snapshot to be a parent", "phyllo snapshot ls lists them");
  }

  /** All of them by key; active records that cannot be read are left out. */
  List<Entry> all() {
    List<Entry> entries = new ArrayList<>();
    for (String name : committed.keys()) {
      add(entries, findCommitted(name));
    }
    for (String key : active.keys()) {
      add(entries, findActive(key));
    }
    entries.sort((a, b) -> a.key.compareTo(b.key));
    return entries;
  }

  private static void add(List<Entry> entries, @Nullable Entry entry) {
    if (entry != null) { // else removed since the names were listed
      entries.add(entry);
    }
  }

  /** The first snapshot that has this one as its parent. */
  @Nullable Entry childOf(String name) {
    for (Entry entry : all()) {
      if (entry.record.parent().isPresent() && entry.record.parent().get().equals(name)) {
        return entry;
      }
    }
    return null;
  }

  void writeActive(String key, SnapshotRecord record, boolean durable) {
    active.write(key, record.toJson(), durable);
  }

  void write(Entry entry) {
    Records records = entry.kind == Kind.COMMITTED ? committed : active;
    records.write(entry.key, entry.record.toJson(), entry.record.durable());
  }

  /** Turns an active snapshot into a committed one; {@link #syncNames} makes that durable. */
  void commit(String key, String name) {
    DurableFiles.createDirectories(committed.directory());
    DurableFiles.moveIntoPlace(active.file(key), committed.file(name));
  }

  void syncNames() {
    DurableFiles.syncDirectory(committed.directory());
    DurableFiles.syncDirectory(active.directory());
  }

  void delete(Entry entry) {
    Records records = entry.kind == Kind.COMMITTED ? committed : active;
    records.delete(entry.key);
    if (entry.record.durable()) {
      DurableFiles.syncDirectory(records.directory());
    }
  }

  /** Deletes the active records that cannot be read, or whose directory is gone. */
  int deleteUnusable() {
    int deleted = DurableFiles.deleteTemporaries(base); // of the file that counts directories
    deleted += active.removeTemporaries() + committed.removeTemporaries();
    for (String key : active.keys()) {
      Entry entry = findActive(key);
      if ((entry == null || !hasDirectory(entry.record)) && active.delete(key)) {
        deleted++;
      }
    }
    return deleted;
  }

  boolean hasDirectory(SnapshotRecord record) {
    return Files.isDirectory(base.resolve(record.id()));
  }
}

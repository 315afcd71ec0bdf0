package dev.phyllo.engine;

import dev.phyllo.linux.Linux;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Leases;
import dev.phyllo.store.Locks;
import java.util.List;

/**
 * Looks at everything a namespace keeps and repairs what can be derived again. From what is first
 * to what is made of it: the layout's own files, blobs, names, snapshots, and what crashes leave.
 *
 * <p>While it looks, nothing is collected. Work of others goes on; it may see a load in the middle,
 * but never takes that for damage: what has no name is not looked at beyond its digests.
 */
final class Doctor {
  private final Phyllo engine;
  private final boolean deep;
  private final Findings findings;

  Doctor(Phyllo engine, boolean repair, boolean deep) {
    this.engine = engine;
    this.deep = deep;
    this.findings = new Findings(repair);
  }

  List<Finding> examine() {
    StoreCheck store = new StoreCheck(engine, findings);
    if (store.checkLayout()) {
      try (FileLocker.Held _ = lock()) {
        store.checkBlobs();
        store.checkNames();
      }
      if (Linux.isSupported()) {
        // Unpacking protects what it makes, for which it needs that lock: none of ours is held.
        new SnapshotCheck(engine, findings, deep).check(store.damaged());
      }
      new LeftoverCheck(engine, findings).check();
    }
    return findings.list();
  }

  /** Alone where damaged blobs are removed, so that nobody relies on one meanwhile. */
  private FileLocker.Held lock() {
    return engine
        .locks()
        .acquire(Leases.GC_LOCK, findings.isRepairing() ? Locks.Mode.EXCLUSIVE : Locks.Mode.SHARED);
  }
}

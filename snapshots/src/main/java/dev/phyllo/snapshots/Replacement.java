package dev.phyllo.snapshots;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.snapshots.SnapshotRecords.Entry;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.DurableFiles;
import java.nio.file.Path;

/**
 * Exchanges the directories of two snapshots, for {@link Snapshotter#replaceFiles}. The directory
 * keeps its number, because the records of all children name it.
 */
final class Replacement {
  private static final int RENAME_EXCHANGE = 2; // renameat2(2)

  private Replacement() {}

  /**
   * Exchanges them, durably; the snapshotter's lock is held and the new files are on the disk.
   *
   * @return whether the active snapshot has the damaged files now; otherwise there were none, and
   *     it has no directory any more
   */
  static boolean exchange(Path base, SnapshotRecords records, String name, String key) {
    Entry damaged = records.requireParent(name);
    Entry fresh = records.require(key);
    if (fresh.kind() != Kind.ACTIVE) {
      throw new ConflictException(
          key, "not an active snapshot", "name an active one: phyllo snapshot ls");
    }
    byte[] from = Trees.bytes(fresh.record().id());
    byte[] to = Trees.bytes(damaged.record().id());
    boolean exchanged;
    try (Fd dir = FileCalls.open(base.toString(), Open.RDONLY | Open.DIRECTORY)) {
      int result = FileCalls.tryRenameat2(dir, from, dir, to, RENAME_EXCHANGE);
      exchanged = result == 0;
      if (result == -Errno.ENOENT) {
        FileCalls.renameat2(dir, from, dir, to, 0);
      } else if (result != 0) {
        FileCalls.renameat2(dir, from, dir, to, RENAME_EXCHANGE); // throws with the reason
      }
    }
    CrashPoints.reached("snapshot directories exchanged");
    DurableFiles.syncDirectory(base);
    return exchanged;
  }
}

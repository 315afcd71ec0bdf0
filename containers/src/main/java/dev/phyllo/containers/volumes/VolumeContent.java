package dev.phyllo.containers.volumes;

import dev.phyllo.linux.DirectoryEntry;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.oci.SystemException;
import dev.phyllo.snapshots.PlainTree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How a volume gets its first content from an image.
 *
 * <p>The copy is made beside the volume, then its entries are moved in. Whoever is interrupted
 * while copying leaves a directory that is thrown away; whoever is interrupted while moving leaves
 * one that the next start moves on from. What a container has written meanwhile is never replaced.
 */
final class VolumeContent {
  private static final String COPYING = "_copying";
  private static final String COPIED = "_copied";
  private static final int RENAME_NOREPLACE = 1;

  private final Path data;
  private final Path copying;
  private final Path copied;

  VolumeContent(Path data) {
    this.data = data;
    this.copying = data.resolveSibling(COPYING);
    this.copied = data.resolveSibling(COPIED);
  }

  /** The volume's lock is held. */
  void fill(Fd image, boolean durable) {
    try (Fd to = directory(data)) {
      if (!Files.exists(copied)) {
        if (!FileCalls.list(to).isEmpty()) {
          return;
        }
        copy(image, durable);
      }
      try (Fd from = directory(copied)) {
        move(from, to);
        PlainTree.copyAttributes(from, to);
        if (durable) {
          FileData.fsync(to);
        }
      }
    }
    PlainTree.remove(copied);
  }

  private void copy(Fd image, boolean durable) {
    PlainTree.remove(copying);
    FileCalls.mkdirat(Fd.CWD, bytes(copying), 0700);
    try (Fd to = directory(copying)) {
      PlainTree.copy(image, to);
      if (durable) {
        FileData.syncfs(to);
      }
    }
    FileCalls.renameat2(Fd.CWD, bytes(copying), Fd.CWD, bytes(copied), 0);
  }

  private static void move(Fd from, Fd to) {
    for (DirectoryEntry entry : FileCalls.list(from)) {
      int result = FileCalls.tryRenameat2(from, entry.name(), to, entry.name(), RENAME_NOREPLACE);
      if (result < 0 && result != -Errno.EEXIST) {
        throw new SystemException(
            new String(entry.name(), StandardCharsets.UTF_8),
            "renameat2: " + Errno.describe(-result),
            "",
            -result);
      }
    }
  }

  private static Fd directory(Path path) {
    return FileCalls.open(path.toString(), Open.RDONLY | Open.DIRECTORY | Open.NOFOLLOW);
  }

  private static byte[] bytes(Path path) {
    return path.toString().getBytes(StandardCharsets.UTF_8);
  }
}

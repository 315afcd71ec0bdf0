package dev.phyllo.snapshots;

import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.CorruptException;

/**
 * The content of a file, copied in the cheapest way there is: shared blocks (ioctl_ficlone(2))
 * where the file system has them, otherwise inside the kernel (copy_file_range(2)), otherwise by
 * reading and writing. Holes stay holes.
 */
final class FileCopy {
  /** Below this, two plain calls are quicker than asking the kernel to be clever. */
  private static final int SMALL = 64 << 10;

  private static final long AT_MOST = 1L << 30;

  private FileCopy() {}

  /**
   * Copies a whole file.
   *
   * @param from opened for reading, at its start
   * @param to empty, opened for writing, on the same file system or another
   * @param stat of {@code from}
   */
  static void content(Fd from, Fd to, Stat stat) {
    long size = stat.size();
    if (size == 0 || FileData.tryClone(from, to) == 0) {
      return;
    }
    if (stat.blocks() * 512 >= size) { // no holes
      range(from, to, size);
      return;
    }
    for (long at = 0; at < size; ) {
      long data = FileData.trySeek(from, at, FileData.SEEK_DATA);
      if (data == -Errno.ENXIO) {
        break; // a hole up to the end
      }
      FileData.seek(from, data < 0 ? at : data, FileData.SEEK_DATA); // throws with the reason
      long hole = Math.min(FileData.seek(from, data, FileData.SEEK_HOLE), size);
      FileData.seek(from, data, FileData.SEEK_SET);
      FileData.seek(to, data, FileData.SEEK_SET);
      range(from, to, hole - data);
      at = hole;
    }
    FileData.ftruncate(to, size);
  }

  /** Copies from where both are. */
  private static void range(Fd from, Fd to, long length) {
    long left = length;
    while (left > SMALL) {
      long copied = FileData.tryCopyFileRange(from, to, Math.min(left, AT_MOST));
      if (copied <= 0) {
        break; // not between these file systems: EXDEV, EINVAL, EOPNOTSUPP, or 0
      }
      left -= copied;
    }
    byte[] block = new byte[(int) Math.min(left, SMALL)];
    while (left > 0) {
      int got = FileData.read(from, block, 0, (int) Math.min(block.length, left));
      if (got == 0) {
        throw new CorruptException(
            from.toString(),
            "became shorter by " + left + " bytes while it was copied",
            "do it again when nothing writes to it");
      }
      FileData.write(to, block, 0, got);
      left -= got;
    }
  }
}

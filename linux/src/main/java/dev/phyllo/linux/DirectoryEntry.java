package dev.phyllo.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * A name in a directory.
 *
 * @param name its bytes
 * @param type one of the types of {@link Stat}, or 0 where the file system does not say
 * @param inode its inode number
 */
@SuppressWarnings("ArrayRecordComponent") // entries are not compared
public record DirectoryEntry(byte[] name, int type, long inode) {
  /**
   * Offsets in struct linux_dirent64 of getdents64(2): inode, offset, record length, type, name.
   */
  private static final int RECORD_LENGTH = 16;

  private static final int TYPE = 18;
  private static final int NAME = 19;

  static List<DirectoryEntry> list(Fd directory) {
    List<DirectoryEntry> entries = new ArrayList<>();
    FileData.seek(directory, 0, FileData.SEEK_SET);
    Memory memory = Scratch.large();
    long base = memory.room(Scratch.LARGE);
    while (true) {
      long filled = Kernel.call(Sys.GETDENTS64, directory.number(), base, Scratch.LARGE);
      if (filled == 0 || filled == -Errno.ENOENT) { // ENOENT: it was removed since it was opened
        return entries;
      }
      Kernel.check(filled, "getdents64", directory.toString());
      for (long at = base; at < base + filled; at += memory.getShort(at + RECORD_LENGTH)) {
        byte[] name = memory.cstringAt(at + NAME);
        if (!isDotOrDotDot(name)) {
          // DT_DIR and the others are the type bits of a mode, shifted down by 12.
          int type = (memory.getShort(at + TYPE) & 0xff) << 12;
          entries.add(new DirectoryEntry(name, type, memory.getLong(at)));
        }
      }
    }
  }

  private static boolean isDotOrDotDot(byte[] name) {
    return name.length == 1 && name[0] == '.'
        || name.length == 2 && name[0] == '.' && name[1] == '.';
  }

  /** Whether the file system said that it is a directory. */
  public boolean isDirectory() {
    return type == Stat.DIRECTORY;
  }

  /** The name as text for people. */
  @Override
  public String toString() {
    return Text.of(name);
  }
}

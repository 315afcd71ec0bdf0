package dev.phyllo.linux;

/**
 * What statx(2) says about a file.
 *
 * @param mode type and permissions together
 * @param links how many names it has
 * @param uid the owner
 * @param gid the group
 * @param inode its number, unique on its device
 * @param size in bytes
 * @param blocks in units of 512 bytes
 * @param accessSeconds time of last access
 * @param accessNanos its fraction
 * @param modifySeconds time of last modification
 * @param modifyNanos its fraction
 * @param changeSeconds time of last change of the inode
 * @param changeNanos its fraction
 * @param deviceMajor of a device file: the device it stands for
 * @param deviceMinor of a device file: the device it stands for
 * @param fileSystem the device it is on, as {@link #device(int, int)} makes it
 */
public record Stat(
    int mode,
    int links,
    long uid,
    long gid,
    long inode,
    long size,
    long blocks,
    long accessSeconds,
    int accessNanos,
    long modifySeconds,
    int modifyNanos,
    long changeSeconds,
    int changeNanos,
    int deviceMajor,
    int deviceMinor,
    long fileSystem) {
  /** S_IFMT: the bits of the mode that are the type. */
  public static final int TYPE_MASK = 0xf000;

  /** S_IFIFO. */
  public static final int FIFO = 0x1000;

  /** S_IFCHR. */
  public static final int CHARACTER_DEVICE = 0x2000;

  /** S_IFDIR. */
  public static final int DIRECTORY = 0x4000;

  /** S_IFBLK. */
  public static final int BLOCK_DEVICE = 0x6000;

  /** S_IFREG. */
  public static final int FILE = 0x8000;

  /** S_IFLNK. */
  public static final int SYMLINK = 0xa000;

  /** S_IFSOCK. */
  public static final int SOCKET = 0xc000;

  /** sizeof(struct statx). */
  static final int SIZE = 256;

  /** STATX_BASIC_STATS: everything that stat(2) has. */
  static final int BASIC = 0x7ff;

  /** The type alone, one of the constants above. */
  public int type() {
    return mode & TYPE_MASK;
  }

  /** The permissions alone, with set-id and sticky bits. */
  public int permissions() {
    return mode & 07777;
  }

  /** Whether it is a directory. */
  public boolean isDirectory() {
    return type() == DIRECTORY;
  }

  /** Whether it is a regular file. */
  public boolean isFile() {
    return type() == FILE;
  }

  /** Whether it is a symbolic link. */
  public boolean isSymlink() {
    return type() == SYMLINK;
  }

  /** A device number as mknodat(2) takes it; see makedev(3). */
  public static long device(int major, int minor) {
    return (major & 0xfffff000L) << 32
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | minor & 0xffL;
  }

  /** A place for answers that is used again, for loops over many files. */
  public static final class Buffer {
    private int mode;
    private int links;
    private int uid;
    private int gid;
    private long inode;
    private long size;
    private long blocks;
    private long accessSeconds;
    private int accessNanos;
    private long changeSeconds;
    private int changeNanos;
    private long modifySeconds;
    private int modifyNanos;
    private int deviceMajor;
    private int deviceMinor;
    private int onMajor;
    private int onMinor;

    /** An empty place: everything 0. */
    public Buffer() {}

    /** Offsets are those of struct statx in statx(2). */
    void fill(Memory memory, long at) {
      links = memory.getInt(at + 16);
      uid = memory.getInt(at + 20);
      gid = memory.getInt(at + 24);
      mode = memory.getShort(at + 28);
      inode = memory.getLong(at + 32);
      size = memory.getLong(at + 40);
      blocks = memory.getLong(at + 48);
      accessSeconds = memory.getLong(at + 64);
      accessNanos = memory.getInt(at + 72);
      changeSeconds = memory.getLong(at + 96);
      changeNanos = memory.getInt(at + 104);
      modifySeconds = memory.getLong(at + 112);
      modifyNanos = memory.getInt(at + 120);
      deviceMajor = memory.getInt(at + 128);
      deviceMinor = memory.getInt(at + 132);
      onMajor = memory.getInt(at + 136);
      onMinor = memory.getInt(at + 140);
    }

    /** Type and permissions. */
    public int mode() {
      return mode;
    }

    /** The type alone. */
    public int type() {
      return mode & TYPE_MASK;
    }

    /** How many names it has. */
    public int links() {
      return links;
    }

    /** Its inode number. */
    public long inode() {
      return inode;
    }

    /** Its size in bytes. */
    public long size() {
      return size;
    }

    /** What it holds now, as a value. */
    public Stat toStat() {
      return new Stat(
          mode,
          links,
          uid & 0xffffffffL,
          gid & 0xffffffffL,
          inode,
          size,
          blocks,
          accessSeconds,
          accessNanos,
          modifySeconds,
          modifyNanos,
          changeSeconds,
          changeNanos,
          deviceMajor,
          deviceMinor,
          device(onMajor, onMinor));
    }
  }
}

package dev.phyllo.layers;

import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One member of an archive: everything about it but its content.
 *
 * <p>Names are kept byte for byte as the archive has them, so a directory's name usually ends in a
 * slash and a name may begin with {@code ./} or {@code /}; see {@link RawPath#clean()}.
 *
 * @param name the member's name
 * @param type what it is
 * @param mode the permission bits including set-user-id, set-group-id and sticky: 0 to 07777
 * @param uid the owner's number
 * @param gid the group's number
 * @param size the logical size of a {@link Type#FILE}, holes included; 0 for every other type
 * @param mtimeSeconds modification time in seconds since 1970, negative before
 * @param mtimeNanos nanoseconds to add to it, 0 to 999,999,999
 * @param linkName the target of a hard link (a name in this archive) or symbolic link; otherwise
 *     empty
 * @param deviceMajor a device's major number, otherwise 0
 * @param deviceMinor a device's minor number, otherwise 0
 * @param userName the owner's name, empty when not given
 * @param groupName the group's name, empty when not given
 * @param xattrs extended attributes by full name ({@code user.mime_type}), values as raw bytes
 * @param extents where a sparse file has data, in order; empty for a file that is not sparse
 */
public record TarEntry(
    RawPath name,
    Type type,
    int mode,
    long uid,
    long gid,
    long size,
    long mtimeSeconds,
    int mtimeNanos,
    RawPath linkName,
    int deviceMajor,
    int deviceMinor,
    String userName,
    String groupName,
    SortedMap<RawPath, byte[]> xattrs,
    List<Extent> extents) {

  /** What a member is. Contiguous files (type 7) are files to everyone by now. */
  public enum Type {
    /** A regular file. */
    FILE,
    /** Another name of an earlier member. */
    HARDLINK,
    /** A symbolic link. */
    SYMLINK,
    /** A character device. */
    CHARACTER_DEVICE,
    /** A block device. */
    BLOCK_DEVICE,
    /** A directory. */
    DIRECTORY,
    /** A named pipe. */
    FIFO;

    /** The type flag of a POSIX header: a digit (ustar, pax(1)). */
    public char flag() {
      return switch (this) {
        case FILE -> '0';
        case HARDLINK -> '1';
        case SYMLINK -> '2';
        case CHARACTER_DEVICE -> '3';
        case BLOCK_DEVICE -> '4';
        case DIRECTORY -> '5';
        case FIFO -> '6';
      };
    }

    /** The type of a flag; null for one that {@link #flag} never is. */
    public static @Nullable Type ofFlag(int flag) {
      return switch (flag) {
        case '0' -> FILE;
        case '1' -> HARDLINK;
        case '2' -> SYMLINK;
        case '3' -> CHARACTER_DEVICE;
        case '4' -> BLOCK_DEVICE;
        case '5' -> DIRECTORY;
        case '6' -> FIFO;
        default -> null;
      };
    }
  }

  /** Makes the collections unmodifiable; values are checked where they are written or applied. */
  public TarEntry {
    xattrs =
        xattrs.isEmpty() ? Collections.emptySortedMap() : Collections.unmodifiableSortedMap(xattrs);
    extents = extents.isEmpty() ? List.of() : List.copyOf(extents);
  }

  /** Starts an entry: mode 0755 for directories, 0777 for symbolic links, 0644 otherwise. */
  public static Builder builder(RawPath name, Type type) {
    return new Builder(name, type);
  }

  /** A builder with this entry's values. */
  public Builder toBuilder() {
    Builder b = new Builder(name, type);
    b.mode = mode;
    b.uid = uid;
    b.gid = gid;
    b.size = size;
    b.mtimeSeconds = mtimeSeconds;
    b.mtimeNanos = mtimeNanos;
    b.linkName = linkName;
    b.deviceMajor = deviceMajor;
    b.deviceMinor = deviceMinor;
    b.userName = userName;
    b.groupName = groupName;
    b.xattrs.putAll(xattrs);
    b.extents = extents;
    return b;
  }

  /** The same under another name. */
  public TarEntry withName(RawPath newName) {
    return new TarEntry(
        newName,
        type,
        mode,
        uid,
        gid,
        size,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        deviceMajor,
        deviceMinor,
        userName,
        groupName,
        xattrs,
        extents);
  }

  /**
   * The same under another name, without what is only of the archive that it was in: the owners'
   * names, and where the file had holes.
   */
  public TarEntry bare(RawPath newName) {
    return new TarEntry(
        newName,
        type,
        mode,
        uid,
        gid,
        size,
        mtimeSeconds,
        mtimeNanos,
        linkName,
        deviceMajor,
        deviceMinor,
        "",
        "",
        xattrs,
        List.of());
  }

  /** Whether the file has holes (or at least is stored as if). */
  public boolean isSparse() {
    return !extents.isEmpty();
  }

  /** How many bytes of content the archive stores: less than {@link #size} for sparse files. */
  public long storedSize() {
    if (extents.isEmpty()) {
      return size;
    }
    long stored = 0;
    for (Extent e : extents) {
      stored += e.length();
    }
    return stored;
  }

  /** Equal in everything, attribute values compared as bytes. */
  @Override
  public boolean equals(Object o) {
    return o instanceof TarEntry e
        && name.equals(e.name)
        && type == e.type
        && mode == e.mode
        && uid == e.uid
        && gid == e.gid
        && size == e.size
        && mtimeSeconds == e.mtimeSeconds
        && mtimeNanos == e.mtimeNanos
        && linkName.equals(e.linkName)
        && deviceMajor == e.deviceMajor
        && deviceMinor == e.deviceMinor
        && userName.equals(e.userName)
        && groupName.equals(e.groupName)
        && extents.equals(e.extents)
        && sameXattrs(xattrs, e.xattrs);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, type, mode, uid, gid, size, mtimeSeconds, linkName);
  }

  private static boolean sameXattrs(SortedMap<RawPath, byte[]> a, SortedMap<RawPath, byte[]> b) {
    if (a.size() != b.size()) {
      return false;
    }
    Iterator<Map.Entry<RawPath, byte[]>> other = b.entrySet().iterator();
    for (Map.Entry<RawPath, byte[]> x : a.entrySet()) {
      Map.Entry<RawPath, byte[]> y = other.next();
      if (!x.getKey().equals(y.getKey()) || !Arrays.equals(x.getValue(), y.getValue())) {
        return false;
      }
    }
    return true;
  }

  /** Builds an entry step by step. */
  public static final class Builder {
    private final RawPath name;
    private final Type type;
    private int mode;
    private long uid;
    private long gid;
    private long size;
    private long mtimeSeconds;
    private int mtimeNanos;
    private RawPath linkName = RawPath.EMPTY;
    private int deviceMajor;
    private int deviceMinor;
    private String userName = "";
    private String groupName = "";
    private final SortedMap<RawPath, byte[]> xattrs = new TreeMap<>();
    private List<Extent> extents = List.of();

    private Builder(RawPath name, Type type) {
      this.name = name;
      this.type = type;
      this.mode =
          switch (type) {
            case DIRECTORY -> 0755;
            case SYMLINK -> 0777;
            default -> 0644;
          };
    }

    /** Permission bits, 0 to 07777. */
    public Builder mode(int value) {
      mode = value;
      return this;
    }

    /** The owner's numbers. */
    public Builder owner(long user, long group) {
      uid = user;
      gid = group;
      return this;
    }

    /** The owner's names; empty for none. */
    public Builder ownerNames(String user, String group) {
      userName = user;
      groupName = group;
      return this;
    }

    /** The logical size of a file, in bytes. */
    public Builder size(long value) {
      size = value;
      return this;
    }

    /** The modification time: seconds since 1970 and nanoseconds to add. */
    public Builder mtime(long seconds, int nanos) {
      mtimeSeconds = seconds;
      mtimeNanos = nanos;
      return this;
    }

    /** A link's target. */
    public Builder linkName(RawPath target) {
      linkName = target;
      return this;
    }

    /** A device's numbers. */
    public Builder device(int major, int minor) {
      deviceMajor = major;
      deviceMinor = minor;
      return this;
    }

    /** Adds an extended attribute by its full name. */
    public Builder xattr(RawPath attribute, byte[] value) {
      xattrs.put(attribute, value);
      return this;
    }

    /** Adds an extended attribute by its full name. */
    public Builder xattr(String attribute, byte[] value) {
      return xattr(RawPath.of(attribute), value);
    }

    /** Where a sparse file has data. */
    public Builder extents(List<Extent> data) {
      extents = data;
      return this;
    }

    /** The entry. */
    public TarEntry build() {
      return new TarEntry(
          name,
          type,
          mode,
          uid,
          gid,
          size,
          mtimeSeconds,
          mtimeNanos,
          linkName,
          deviceMajor,
          deviceMinor,
          userName,
          groupName,
          new TreeMap<>(xattrs),
          extents);
    }
  }
}

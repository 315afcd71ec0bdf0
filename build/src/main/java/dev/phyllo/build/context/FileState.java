package dev.phyllo.build.context;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What stat(2) says of a file.
 *
 * @param mode type and permissions
 * @param size in bytes
 * @param modified nanoseconds since 1970
 * @param changed nanoseconds since 1970 of the last change of content or attributes
 * @param device the file system
 * @param inode its number there
 * @param rdev the numbers of a device
 */
record FileState(
    int mode, long size, long modified, long changed, long device, long inode, long rdev) {
  private static final String WANTED = "unix:mode,size,lastModifiedTime,ctime,dev,ino,rdev";

  /** Of the file itself, not of what a symbolic link leads to. */
  static FileState of(Path path) {
    try {
      Map<String, Object> all = Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS);
      return new FileState(
          (int) number(all.get("mode")),
          number(all.get("size")),
          nanos(all.get("lastModifiedTime")),
          nanos(all.get("ctime")),
          number(all.get("dev")),
          number(all.get("ino")),
          number(all.get("rdev")));
    } catch (IOException e) {
      throw new SystemException(path.toString(), e);
    }
  }

  private static long nanos(@Nullable Object time) {
    return ((FileTime) java.util.Objects.requireNonNull(time)).to(TimeUnit.NANOSECONDS);
  }

  private static long number(@Nullable Object value) {
    return value instanceof Number n ? n.longValue() : 0;
  }

  String key() {
    return device + " " + inode + " " + size + " " + modified + " " + changed;
  }

  /** The kind of file; null for a socket, which nothing can hold. */
  TarEntry.@Nullable Type type() {
    return switch (mode >> 12 & 017) {
      case 010 -> TarEntry.Type.FILE;
      case 04 -> TarEntry.Type.DIRECTORY;
      case 012 -> TarEntry.Type.SYMLINK;
      case 02 -> TarEntry.Type.CHARACTER_DEVICE;
      case 06 -> TarEntry.Type.BLOCK_DEVICE;
      case 01 -> TarEntry.Type.FIFO;
      default -> null;
    };
  }

  /** As an entry that belongs to root, whoever the file belongs to here. */
  TarEntry.Builder entry(RawPath name, TarEntry.Type type) {
    TarEntry.Builder b =
        TarEntry.builder(name, type)
            .mode(mode & 07777)
            .mtime(Math.floorDiv(modified, 1_000_000_000L), 0);
    if (type == TarEntry.Type.FILE) {
      b.size(size);
    }
    if (type == TarEntry.Type.CHARACTER_DEVICE || type == TarEntry.Type.BLOCK_DEVICE) {
      // makedev(3) as glibc and the kernel's new encoding have it.
      int major = (int) (rdev >> 8 & 0xfff | rdev >> 32 & 0xfffff000L);
      int minor = (int) (rdev & 0xff | rdev >> 12 & 0xffffff00L);
      b.device(major, minor);
    }
    return b;
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.IdMap;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Owner, permissions, times and extended attributes of files being made.
 *
 * <p>The order matters: chown(2) clears the set-id bits and {@code security.capability}, so the
 * owner comes first, then the attributes, then the permissions; times come last because all of
 * these change some.
 *
 * <p>In a user namespace of a single user, which is what someone without subordinate ids can have,
 * every file is made root's: no other owner could be set.
 */
final class Attributes {
  private static final byte[] SELF = {};
  private static final byte[][] OVERLAY = {
    Trees.bytes("trusted.overlay."), Trees.bytes("user.overlay.")
  };
  private static final byte[] USER = Trees.bytes("user.");
  private static final byte[] SECURITY = Trees.bytes("security.");
  private static final byte[] TRUSTED = Trees.bytes("trusted.");

  /** The largest id: 2^32-1 means "leave it" to chown(2). */
  private static final long MAX_ID = 0xfffffffeL;

  private Attributes() {}

  /** Everything but the times, of an open file or directory. */
  static void apply(Fd file, TarEntry entry, boolean directory) {
    check(FileCalls.tryFchown(file, uid(entry), gid(entry)), "fchown", entry);
    for (Map.Entry<RawPath, byte[]> x : entry.xattrs().entrySet()) {
      byte[] name = x.getKey().bytes();
      if (isApplied(name)) {
        judge(Xattrs.trySet(file, name, x.getValue(), 0), name, entry, true);
      }
    }
    check(FileCalls.tryFchmod(file, entry.mode() & 07777), "fchmod", entry);
    if (!directory) {
      long seconds = entry.mtimeSeconds();
      int nanos = entry.mtimeNanos();
      check(FileCalls.tryFutimens(file, seconds, nanos, seconds, nanos), "utimensat", entry);
    }
  }

  /**
   * Removes attributes of a directory that its entry does not have: it replaces those of a layer
   * below, as the directory of an upper layer does in an overlay.
   */
  static void removeOthers(Fd directory, TarEntry entry) {
    for (byte[] name : Xattrs.list(directory)) {
      if (FileComparison.isKept(name) && !entry.xattrs().containsKey(RawPath.of(name))) {
        judge(Xattrs.tryRemove(directory, name), name, entry, true);
      }
    }
  }

  /** Everything of a symbolic link, which has no permissions. */
  static void applyToLink(Fd parent, byte[] name, TarEntry entry) {
    check(
        FileCalls.tryFchownat(parent, name, uid(entry), gid(entry), At.SYMLINK_NOFOLLOW),
        "fchownat",
        entry);
    applyByName(parent, name, entry);
  }

  /**
   * Everything of a device or fifo, which must not be opened.
   *
   * @param place opened with O_PATH
   */
  static void applyToSpecial(Fd place, Fd parent, byte[] name, TarEntry entry) {
    check(
        FileCalls.tryFchownat(place, SELF, uid(entry), gid(entry), At.EMPTY_PATH),
        "fchownat",
        entry);
    check(chmodPlace(place, entry.mode() & 07777), "fchmodat", entry);
    applyByName(parent, name, entry);
  }

  /** fchmod(2) refuses O_PATH descriptors; their magic link leads to the very inode. */
  private static int chmodPlace(Fd place, int mode) {
    return FileCalls.tryFchmodat(Fd.CWD, Trees.bytes("/proc/self/fd/" + place.number()), mode);
  }

  private static void applyByName(Fd parent, byte[] name, TarEntry entry) {
    for (Map.Entry<RawPath, byte[]> x : entry.xattrs().entrySet()) {
      byte[] attribute = x.getKey().bytes();
      if (isApplied(attribute)) {
        judge(Xattrs.trySet(parent, name, attribute, x.getValue(), 0), attribute, entry, false);
      }
    }
    long seconds = entry.mtimeSeconds();
    int nanos = entry.mtimeNanos();
    check(
        FileCalls.tryUtimensat(parent, name, seconds, nanos, seconds, nanos, At.SYMLINK_NOFOLLOW),
        "utimensat",
        entry);
  }

  /** Copies owner, attributes and permissions of a directory in a lower layer, not its times. */
  static void copyDirectory(LowerLayers.Found from, Fd to) {
    FileCalls.fchown(to, from.stat.uid(), from.stat.gid());
    for (byte[] name : Xattrs.list(from.parent, from.name)) {
      byte[] value = isApplied(name) ? Xattrs.get(from.parent, from.name, name) : null;
      if (value != null) {
        judgeCopy(Xattrs.trySet(to, name, value, 0), name, from.name);
      }
    }
    FileCalls.fchmod(to, from.stat.permissions());
  }

  /** Copies everything of a non-directory; {@code file} is the copy, open, if it can be opened. */
  static void copy(LowerLayers.Found from, @Nullable Fd file, Fd parent, byte[] name) {
    Stat stat = from.stat;
    FileCalls.fchownat(parent, name, stat.uid(), stat.gid(), At.SYMLINK_NOFOLLOW);
    for (byte[] attribute : Xattrs.list(from.parent, from.name)) {
      byte[] value = isApplied(attribute) ? Xattrs.get(from.parent, from.name, attribute) : null;
      if (value != null) {
        judgeCopy(Xattrs.trySet(parent, name, attribute, value, 0), attribute, name);
      }
    }
    if (file != null) {
      int result = FileCalls.tryFchmod(file, stat.permissions());
      if (result == -Errno.EBADF) { // a place only
        chmodPlace(file, stat.permissions());
      }
    }
    FileCalls.utimensat(
        parent,
        name,
        stat.accessSeconds(),
        stat.accessNanos(),
        stat.modifySeconds(),
        stat.modifyNanos(),
        At.SYMLINK_NOFOLLOW);
  }

  /** Copies one attribute of a root directory, unless it must not be or is gone. */
  static void copyOne(byte[] name, byte @Nullable [] value, Fd to) {
    if (value != null && isApplied(name)) {
      judgeCopy(Xattrs.trySet(to, name, value, 0), name, Trees.bytes("/"));
    }
  }

  /** As {@link #judge}; only a user namespace may refuse what was there already. */
  private static void judgeCopy(int result, byte[] attribute, byte[] name) {
    boolean refused = result == -Errno.EPERM && inUserNamespace();
    if (result < 0 && result != -Errno.EOPNOTSUPP && !refused) {
      throw failure("setxattr " + RawPath.of(attribute), RawPath.of(name), -result);
    }
  }

  /** overlayfs' own attributes must not come from an archive: they could redirect or hide names. */
  static boolean isApplied(byte[] name) {
    return !startsWith(name, OVERLAY[0]) && !startsWith(name, OVERLAY[1]);
  }

  /**
   * What a failure to set an attribute means. Where the file system has no such attributes they are
   * left out, and so are {@code user.*} on what cannot have them (xattr(7): only files and
   * directories), and privileged ones inside a user namespace.
   */
  private static void judge(int result, byte[] name, TarEntry entry, boolean plain) {
    if (result == 0 || result == -Errno.EOPNOTSUPP) {
      return;
    }
    if (result == -Errno.EPERM) {
      boolean privileged = startsWith(name, SECURITY) || startsWith(name, TRUSTED);
      if (startsWith(name, USER) && !plain || privileged && inUserNamespace()) {
        return;
      }
    }
    throw failure("setxattr " + RawPath.of(name), entry.name(), -result);
  }

  /** Whether ids are mapped. */
  static boolean inUserNamespace() {
    return UserNamespace.current().isNested();
  }

  private static long uid(TarEntry entry) {
    return id(entry.uid(), "uid", entry, UserNamespace.current().uids());
  }

  private static long gid(TarEntry entry) {
    return id(entry.gid(), "gid", entry, UserNamespace.current().gids());
  }

  /** Where root is the only user there is, everything is root's. */
  private static long id(long id, String what, TarEntry entry, IdMap mapped) {
    if (id < 0 || id > MAX_ID) {
      throw new InvalidException(entry.name().toString(), what + " " + id + " is out of range", "");
    }
    if (mapped.isSingle()) {
      return 0;
    }
    return id;
  }

  private static void check(int result, String call, TarEntry entry) {
    if (result < 0) {
      throw failure(call, entry.name(), -result);
    }
  }

  static SystemException failure(String call, RawPath name, int errno) {
    String remedy =
        switch (errno) {
          case Errno.ENOSPC -> "free space or inodes on that file system";
          case Errno.EINVAL ->
              call.startsWith("fchown") && inUserNamespace()
                  ? "give the user more subordinate ids in /etc/subuid and /etc/subgid"
                  : "";
          default -> "";
        };
    return new SystemException(name.toString(), call + ": " + Errno.describe(errno), remedy, errno);
  }

  private static boolean startsWith(byte[] name, byte[] prefix) {
    return name.length >= prefix.length
        && Arrays.equals(name, 0, prefix.length, prefix, 0, prefix.length);
  }
}

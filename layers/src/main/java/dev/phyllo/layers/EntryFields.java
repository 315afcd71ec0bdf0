package dev.phyllo.layers;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One entry's fields, each from whoever has the last word: the entry's own PAX records, then the
 * global ones, then GNU's long names, then the header itself (POSIX.1-2017, pax(1), "pax Header
 * Block": a record overrides the field of the same meaning).
 */
final class EntryFields {
  /** GNU's long name for the next entry. */
  byte @Nullable [] longName;

  /** GNU's long link target for the next entry. */
  byte @Nullable [] longLink;

  private final TarInput in;
  private final TarHeader header;
  private final PaxRecords local;
  private final PaxRecords global;
  private final TarLimits limits;

  EntryFields(
      TarInput in, TarHeader header, PaxRecords local, PaxRecords global, TarLimits limits) {
    this.in = in;
    this.limits = limits;
    this.header = header;
    this.local = local;
    this.global = global;
  }

  /** The entry is done: what was said of it alone is forgotten. */
  void clear() {
    local.clear();
    longName = null;
    longLink = null;
  }

  /** One of GNU's long names: what stands before the first NUL. */
  byte[] untilNul(byte[] data) {
    int n = 0;
    while (n < data.length && data[n] != 0) {
      n++;
    }
    if (n > limits.maxPathBytes()) {
      throw header.invalid(0, "a name of " + n + " bytes; the limit is " + limits.maxPathBytes());
    }
    return n == data.length ? data : Arrays.copyOf(data, n);
  }

  /** What a flag means; null for a type that is not known. */
  static TarEntry.@Nullable Type type(byte flag, byte[] name) {
    return switch (flag) {
      case 0, '0', '7' ->
          name.length > 0 && name[name.length - 1] == '/'
              ? TarEntry.Type.DIRECTORY
              : TarEntry.Type.FILE;
      case 'S' -> TarEntry.Type.FILE;
      case 'D' -> TarEntry.Type.DIRECTORY;
      default -> TarEntry.Type.ofFlag(flag);
    };
  }

  /** How many bytes of content follow, were this a file. */
  long size() {
    PaxRecords r = record(PaxRecords.SIZE);
    long size = r == null ? header.count(TarHeader.SIZE, TarHeader.LONG_NUMBER, "size") : r.size;
    if (size > Long.MAX_VALUE - 2L * TarInput.BLOCK - in.offset()) {
      throw header.invalid(TarHeader.SIZE, "too large a size: " + size);
    }
    return size;
  }

  byte[] name() {
    byte[] sparseName = local.sparse.name;
    if (sparseName != null) {
      return sparseName;
    }
    PaxRecords r = record(PaxRecords.PATH);
    if (r != null) {
      return r.path;
    }
    byte[] l = longName;
    return l != null ? l : header.name();
  }

  RawPath linkName() {
    PaxRecords r = record(PaxRecords.LINK_PATH);
    byte[] l = longLink;
    byte[] name = r != null ? r.linkPath : l != null ? l : header.linkName();
    if (name.length == 0) {
      throw header.invalid(TarHeader.LINK_NAME, "a link without a target");
    }
    return RawPath.wrap(name);
  }

  int mode() {
    // Some writers put the file type's bits of st_mode above the permissions.
    return (int) header.number(TarHeader.MODE, TarHeader.SHORT_NUMBER, "mode") & 07777;
  }

  long uid() {
    PaxRecords r = record(PaxRecords.UID);
    return r != null ? r.uid : header.count(TarHeader.UID, TarHeader.SHORT_NUMBER, "uid");
  }

  long gid() {
    PaxRecords r = record(PaxRecords.GID);
    return r != null ? r.gid : header.count(TarHeader.GID, TarHeader.SHORT_NUMBER, "gid");
  }

  long mtimeSeconds() {
    PaxRecords r = record(PaxRecords.MTIME);
    return r != null
        ? r.mtimeSeconds
        : header.number(TarHeader.MTIME, TarHeader.LONG_NUMBER, "mtime");
  }

  int mtimeNanos() {
    PaxRecords r = record(PaxRecords.MTIME);
    return r != null ? r.mtimeNanos : 0;
  }

  int deviceMajor() {
    PaxRecords r = record(PaxRecords.DEVICE_MAJOR);
    return r != null ? r.deviceMajor : header.device(TarHeader.DEVICE_MAJOR, "device number");
  }

  int deviceMinor() {
    PaxRecords r = record(PaxRecords.DEVICE_MINOR);
    return r != null ? r.deviceMinor : header.device(TarHeader.DEVICE_MINOR, "device number");
  }

  String userName() {
    PaxRecords r = record(PaxRecords.USER_NAME);
    return r != null ? new String(r.userName, StandardCharsets.UTF_8) : header.userName();
  }

  String groupName() {
    PaxRecords r = record(PaxRecords.GROUP_NAME);
    return r != null ? new String(r.groupName, StandardCharsets.UTF_8) : header.groupName();
  }

  SortedMap<RawPath, byte[]> xattrs() {
    SortedMap<RawPath, byte[]> mine = local.xattrs;
    SortedMap<RawPath, byte[]> all = global.xattrs;
    if (all == null) {
      return mine == null ? Collections.emptySortedMap() : mine;
    }
    SortedMap<RawPath, byte[]> merged = new TreeMap<>(all);
    if (mine != null) {
      merged.putAll(mine);
    }
    return merged;
  }

  /** Whose record counts for a field; null where the header's own value does. */
  private @Nullable PaxRecords record(int field) {
    if (local.mentions(field)) {
      return local.has(field) ? local : null;
    }
    return global.has(field) ? global : null;
  }
}

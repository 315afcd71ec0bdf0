package dev.phyllo.layers;

import dev.phyllo.oci.InvalidException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive, entry by entry, from a stream that is only read forwards.
 *
 * <p>Understood are version 7, ustar and PAX archives (POSIX.1-2017, pax(1)), those of GNU tar old
 * and new (GNU tar manual, "Basic Tar Format": long names, base-256 numbers, sparse files in all
 * four forms) and star's; extended attributes as OCI's layer.md wants them. Entries of unknown type
 * are skipped. Where tools differ, this reader does as Go's archive/tar, which nearly every
 * container tool uses, so that a layer means the same here as there:
 *
 * <ul>
 *   <li>links, devices, fifos and directories have no content, whatever their size field says;
 *   <li>a regular file whose name ends in a slash is a directory;
 *   <li>the archive ends at two zero blocks, or without them where the stream ends between entries;
 *       what follows the two blocks is not looked at.
 * </ul>
 *
 * <p>An archive is untrusted input. Whatever the bytes, the result is an entry or an {@link
 * InvalidException} that names the archive, the byte and what is wrong; memory stays within {@link
 * TarLimits}. An error of the stream below is a {@link dev.phyllo.oci.SystemException}; no method
 * throws anything else. After an error the reader is of no further use.
 *
 * <p>Not safe for use by several threads.
 */
public final class TarReader implements AutoCloseable {
  private static final int END = -1;

  private final TarInput in;
  private final TarLimits limits;
  private final TarHeader header;
  private final PaxRecords global;
  private final PaxRecords local;

  private final EntryFields fields;
  private long extendedBytes;
  private long extendedAt = END;

  private @Nullable TarEntry entry;
  private long entries;
  private long remaining;
  private int padding;
  private boolean ended;

  /**
   * Reads from a stream, which needs no buffer of its own.
   *
   * @param in the archive, not compressed
   * @param limits what to put up with
   * @param thing what errors call the archive: a path, a digest
   */
  public TarReader(InputStream in, TarLimits limits, String thing) {
    this(in, limits, thing, false);
  }

  /**
   * Reads from a stream that may be quicker to skip than to read.
   *
   * @param in the archive, not compressed
   * @param limits what to put up with
   * @param thing what errors call the archive: a path, a digest
   * @param seeks whether content that nobody reads is passed by {@link InputStream#skip}, which the
   *     stream must answer with what it really skipped: never past the end of the archive
   */
  public TarReader(InputStream in, TarLimits limits, String thing, boolean seeks) {
    this.in = new TarInput(in, limits.maxTotalBytes(), thing, seeks);
    this.limits = limits;
    this.header = new TarHeader(this.in);
    this.global = new PaxRecords(this.in, limits);
    this.local = new PaxRecords(this.in, limits);
    global.clear();
    local.clear();
    this.fields = new EntryFields(this.in, header, local, global, limits);
  }

  /**
   * Goes to the next entry, past what is unread of the current one.
   *
   * @return null at the end of the archive
   * @throws InvalidException if the archive is malformed or passes a limit
   */
  public @Nullable TarEntry next() {
    entry = null;
    while (!ended) {
      skipContent();
      int index = in.block();
      if (index < 0) {
        // No end marker: GNU tar and Go take the end of the file for it, and so do we.
        end();
        break;
      }
      header.at(index);
      if (header.isZero()) {
        endMarker();
        break;
      }
      header.verifyChecksum();
      TarEntry e = header();
      if (e != null) {
        entry = e;
        return e;
      }
    }
    return null;
  }

  /**
   * Reads stored bytes of the current entry: a file's content, of a sparse file the extents' data
   * back to back.
   *
   * @return how many bytes, or -1 at the end of the content
   * @throws InvalidException if the archive ends before the content does
   */
  public int read(byte[] b, int off, int len) {
    TarEntry e = entry;
    // A directory may have stored bytes (GNU's dump of its names): they are skipped, not read.
    if (e == null || remaining == 0 || e.type() != TarEntry.Type.FILE) {
      return -1;
    }
    int n = in.read(b, off, (int) Math.min(len, remaining));
    if (n < 0) {
      throw truncatedContent();
    }
    remaining -= n;
    return n;
  }

  /**
   * How many bytes of the archive have been consumed. Right after {@link #next()} this is where the
   * entry's stored content begins, a multiple of 512.
   */
  public long offset() {
    return in.offset();
  }

  /**
   * The current entry's content as the file's reader would see it, holes as zeros. The stream is
   * good until {@link #next()}, reads on from what was read already of a file that is not sparse,
   * and throws the same exceptions as {@link #read}; closing it is not necessary. Holes take no
   * room in the archive, so a small one can hold a file of any length.
   */
  public InputStream content() {
    TarEntry e = entry;
    if (e == null) {
      return InputStream.nullInputStream();
    }
    return new EntryContent(this, e);
  }

  /**
   * Reads everything that is left, up to the end of the stream below: the entries, the end marker
   * and whatever is behind it. A digest of the archive covers all of that.
   *
   * @throws InvalidException if a limit is passed or the stream below is malformed
   */
  public void drain() {
    entry = null;
    ended = true;
    in.drain();
  }

  /** Closes the stream below. */
  @Override
  public void close() {
    in.close();
  }

  /** Whether the entry is still the current one: that very object, not an equal one. */
  @SuppressWarnings("ReferenceEquality")
  boolean isCurrent(TarEntry e) {
    return entry == e;
  }

  private void skipContent() {
    if (remaining > 0) {
      remaining -= in.skip(remaining);
      if (remaining > 0) {
        throw truncatedContent();
      }
    }
    if (padding > 0) {
      int there = (int) in.skip(padding);
      if (there < padding) {
        throw in.invalid(
            in.offset(), "truncated: " + (padding - there) + " bytes of padding are missing");
      }
      padding = 0;
    }
  }

  private InvalidException truncatedContent() {
    return in.invalid(
        in.offset(),
        "truncated: "
            + remaining
            + " bytes are missing"
            + (entry == null ? "" : " of " + entry.name()));
  }

  private void content(long bytes) {
    remaining = bytes;
    padding = (int) (-bytes & (TarInput.BLOCK - 1));
  }

  private void endMarker() {
    long at = header.offset();
    int second = in.block();
    if (second >= 0) {
      header.at(second);
      if (!header.isZero()) {
        throw in.invalid(at, "a single block of zeros in the middle of the archive");
      }
    }
    end();
  }

  private void end() {
    ended = true;
    if (extendedAt >= 0) {
      throw in.invalid(extendedAt, "an extended header without an entry after it");
    }
  }

  /** Handles one header; null if it was not an entry by itself. */
  private @Nullable TarEntry header() {
    long at = header.offset();
    switch (header.type()) {
      case 'x', 'X' -> {
        local.parse(extended("extended header"), at + TarInput.BLOCK);
        extendedAt = at;
      }
      case 'g' -> {
        global.parse(extended("global extended header"), at + TarInput.BLOCK);
        extendedBytes = 0;
      }
      case 'L' -> {
        fields.longName = fields.untilNul(extended("long name"));
        extendedAt = at;
      }
      case 'K' -> {
        fields.longLink = fields.untilNul(extended("long link name"));
        extendedAt = at;
      }
      default -> {
        if (++entries > limits.maxEntries()) {
          throw in.overLimit(header.offset(), "more than " + limits.maxEntries() + " entries");
        }
        TarEntry e = entry(header.type());
        fields.clear();
        extendedBytes = 0;
        extendedAt = END;
        return e;
      }
    }
    return null;
  }

  /** The content of a header that belongs to the next entry. */
  private byte[] extended(String what) {
    long at = header.offset();
    long size = header.count(TarHeader.SIZE, TarHeader.LONG_NUMBER, "size");
    extendedBytes += size;
    if (size > limits.maxPaxBytes() || extendedBytes > limits.maxPaxBytes()) {
      throw header.invalid(
          TarHeader.SIZE,
          "the "
              + what
              + " has "
              + Math.max(size, extendedBytes)
              + " bytes; the limit is "
              + limits.maxPaxBytes());
    }
    content(size);
    // Grown as bytes arrive: a header that promises megabytes has to deliver them.
    byte[] data = new byte[(int) Math.min(size, 64 * 1024)];
    int n = 0;
    while (n < size) {
      if (n == data.length) {
        data = Arrays.copyOf(data, (int) Math.min(size, 2L * n));
      }
      int got = in.read(data, n, data.length - n);
      if (got < 0) {
        throw in.invalid(at, "truncated: the " + what + " has " + n + " bytes instead of " + size);
      }
      n += got;
    }
    remaining = 0;
    return data;
  }

  private @Nullable TarEntry entry(byte flag) {
    if (flag == 'M') {
      throw header.invalid(
          TarHeader.TYPE, "a file continued from another volume; split archives are not read");
    }
    long stored = fields.size();
    byte[] name = fields.name();
    TarEntry.@Nullable Type type = EntryFields.type(flag, name);
    if (type == null) {
      content(stored);
      return null;
    }
    if (name.length == 0 && type != TarEntry.Type.DIRECTORY) {
      throw header.invalid(0, "an entry without a name");
    }
    if (name.length > limits.maxPathBytes()) {
      throw header.invalid(
          0, "a name of " + name.length + " bytes; the limit is " + limits.maxPathBytes());
    }
    return build(flag, type, RawPath.wrap(name), stored);
  }

  private TarEntry build(byte flag, TarEntry.Type type, RawPath name, long stored) {
    boolean link = type == TarEntry.Type.HARDLINK || type == TarEntry.Type.SYMLINK;
    boolean device = type == TarEntry.Type.CHARACTER_DEVICE || type == TarEntry.Type.BLOCK_DEVICE;
    RawPath linkName = link ? fields.linkName() : RawPath.EMPTY;
    int mode = fields.mode();
    long uid = fields.uid();
    long gid = fields.gid();
    long mtimeSeconds = fields.mtimeSeconds();
    int major = device ? fields.deviceMajor() : 0;
    int minor = device ? fields.deviceMinor() : 0;
    String user = fields.userName();
    String group = fields.groupName();

    // Last, because the map of a sparse file is in the blocks that follow this header.
    boolean noContent =
        type != TarEntry.Type.FILE && flag != 0 && flag != '0' && flag != '7' && flag != 'D';
    long size = type == TarEntry.Type.FILE ? stored : 0;
    content(noContent ? 0 : stored);
    List<Extent> extents = List.of();
    if (type == TarEntry.Type.FILE && (flag == 'S' || local.sparse.seen)) {
      long at = header.offset();
      size = flag == 'S' ? oldGnuRealSize() : sparseRealSize(at);
      extents = sparseMap(flag).finish(size, remaining, in, at);
    }
    return new TarEntry(
        name,
        type,
        mode,
        uid,
        gid,
        size,
        mtimeSeconds,
        fields.mtimeNanos(),
        linkName,
        major,
        minor,
        user,
        group,
        fields.xattrs(),
        extents);
  }

  private long oldGnuRealSize() {
    return header.count(483, TarHeader.LONG_NUMBER, "real size");
  }

  private long sparseRealSize(long at) {
    if (local.sparse.realSize < 0) {
      throw in.invalid(at, "a sparse file without GNU.sparse.size or GNU.sparse.realsize");
    }
    return local.sparse.realSize;
  }

  private SparseMap sparseMap(byte flag) {
    if (flag == 'S') {
      return SparseMap.readOldGnu(in, header, limits.maxExtents());
    }
    SparsePax sparse = local.sparse;
    if (sparse.major == 0) {
      SparseMap map = sparse.map;
      return map == null ? new SparseMap(limits.maxExtents()) : map;
    }
    if (sparse.major != 1 || sparse.minor != 0) {
      throw header.invalid(
          0,
          "a sparse file of form " + sparse.major + "." + sparse.minor + "; known are 0 and 1.0");
    }
    long begin = in.offset();
    SparseMap map = SparseMap.readPax10(in, remaining, limits.maxExtents());
    remaining -= in.offset() - begin;
    return map;
  }
}

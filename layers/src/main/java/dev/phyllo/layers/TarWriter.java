package dev.phyllo.layers;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/**
 * Writes a tar archive: the same entries in the same order always give the same bytes.
 *
 * <p>Nothing is taken from the machine: no names of users that were not given, no access or change
 * times. Order is the caller's. Directories get a slash at the end of their names if they have
 * none. Sparse files are written in full, holes as zeros, since OCI's layer.md asks for that.
 *
 * <p>No method throws anything but PhylloException: {@link dev.phyllo.oci.InvalidException} for an
 * entry the format cannot hold or content of the wrong length, {@link
 * dev.phyllo.oci.SystemException} where a stream fails. After an error the archive is of no use.
 *
 * <p>Not safe for use by several threads.
 */
public final class TarWriter implements AutoCloseable {

  /** How what does not fit a plain header is written. */
  public enum Format {
    /**
     * POSIX.1-2017 pax(1): a ustar header where everything fits it, a PAX header in front where not
     * (long names, large numbers, sub-second times, extended attributes). Names of more than 100
     * bytes are split at a slash into ustar's prefix where that is possible. Ends in two zero
     * blocks. The default, and what layers should be.
     */
    PAX,
    /**
     * What GNU tar 1.34 writes by default, byte for byte as {@code tar --sort=name --numeric-owner
     * -b20}: long names as {@code ././@LongLink} entries, large numbers in base-256, the end padded
     * to 10,240 bytes. Fractions of a second are dropped, as GNU tar does; extended attributes are
     * refused.
     */
    GNU
  }

  private static final int GNU_RECORD = 20 * TarInput.BLOCK;

  private final TarOutput out;
  private final Format format;
  private final HeaderWriter header = new HeaderWriter();
  private boolean finished;

  /** Writes the PAX format to a stream, which needs no buffer of its own. */
  public TarWriter(OutputStream out) {
    this(out, Format.PAX);
  }

  /** Writes the given format. */
  public TarWriter(OutputStream out, Format format) {
    this.out = new TarOutput(out);
    this.format = format;
  }

  /**
   * Writes an entry.
   *
   * @param content the file's logical content, exactly as long as the entry says; not closed.
   *     Ignored for entries that are not files
   */
  public void entry(TarEntry entry, InputStream content) {
    headers(entry);
    if (entry.type() == TarEntry.Type.FILE) {
      out.copy(entry, content);
      out.pad();
    }
  }

  /** Writes an entry with this content. */
  public void entry(TarEntry entry, byte[] content) {
    entry(entry, new ByteArrayInputStream(content));
  }

  /** Writes an entry without content: a file of size 0, or anything that is not a file. */
  public void entry(TarEntry entry) {
    entry(entry, InputStream.nullInputStream());
  }

  /** How many bytes of archive there are so far: where the next header will begin. */
  public long offset() {
    return out.written();
  }

  /** Writes the end marker, without closing the stream. */
  public void finish() {
    if (finished) {
      return;
    }
    finished = true;
    out.zeros(2 * TarInput.BLOCK);
    if (format == Format.GNU) {
      out.zeros((int) ((GNU_RECORD - out.written() % GNU_RECORD) % GNU_RECORD));
    }
    out.flush();
  }

  /** Writes the end marker, if that is still to be done, and closes the stream. */
  @Override
  public void close() {
    try {
      finish();
    } finally {
      out.close();
    }
  }

  private void headers(TarEntry e) {
    if (finished) {
      throw new IllegalStateException("the archive has ended");
    }
    EntryCheck.check(e, format);
    byte[] name = e.name().raw();
    if (e.type() == TarEntry.Type.DIRECTORY && !e.name().endsWithSlash()) {
      name = Arrays.copyOf(name, name.length + 1);
      name[name.length - 1] = '/';
    }
    if (format == Format.GNU) {
      gnuHeaders(e, name);
    } else {
      paxHeaders(e, name);
    }
  }

  private void gnuHeaders(TarEntry e, byte[] name) {
    byte[] link = e.linkName().raw();
    if (link.length > TarHeader.NAME_LENGTH) {
      longLink('K', link);
    }
    if (name.length > TarHeader.NAME_LENGTH) {
      longLink('L', name);
    }
    header.begin(format, e.type().flag());
    header.text(TarHeader.NAME, TarHeader.NAME_LENGTH, name);
    header.octal(TarHeader.MODE, TarHeader.SHORT_NUMBER, e.mode());
    header.numberGnu(TarHeader.UID, TarHeader.SHORT_NUMBER, e.uid());
    header.numberGnu(TarHeader.GID, TarHeader.SHORT_NUMBER, e.gid());
    header.numberGnu(TarHeader.SIZE, TarHeader.LONG_NUMBER, size(e));
    header.numberGnu(TarHeader.MTIME, TarHeader.LONG_NUMBER, e.mtimeSeconds());
    header.text(TarHeader.LINK_NAME, TarHeader.NAME_LENGTH, link);
    ownerNames(e);
    if (isDevice(e)) {
      header.octal(TarHeader.DEVICE_MAJOR, TarHeader.SHORT_NUMBER, e.deviceMajor());
      header.octal(TarHeader.DEVICE_MINOR, TarHeader.SHORT_NUMBER, e.deviceMinor());
    }
    out.write(header.finish(), 0, TarInput.BLOCK);
  }

  /** GNU tar manual, "Basic Tar Format": a header whose content, ended by NUL, is a long name. */
  private void longLink(char type, byte[] name) {
    header.begin(format, type);
    header.text(
        TarHeader.NAME, TarHeader.NAME_LENGTH, "././@LongLink".getBytes(StandardCharsets.US_ASCII));
    header.octal(TarHeader.MODE, TarHeader.SHORT_NUMBER, 0644);
    header.octal(TarHeader.UID, TarHeader.SHORT_NUMBER, 0);
    header.octal(TarHeader.GID, TarHeader.SHORT_NUMBER, 0);
    header.octal(TarHeader.SIZE, TarHeader.LONG_NUMBER, name.length + 1);
    header.octal(TarHeader.MTIME, TarHeader.LONG_NUMBER, 0);
    out.write(header.finish(), 0, TarInput.BLOCK);
    out.write(name, 0, name.length);
    out.zeros(1);
    out.pad();
  }

  private void paxHeaders(TarEntry e, byte[] name) {
    PaxBuilder pax = new PaxBuilder();
    int split = name.length <= TarHeader.NAME_LENGTH ? 0 : prefixSplit(name);
    if (split < 0) {
      pax.add("path", name);
    }
    byte[] link = e.linkName().raw();
    if (link.length > TarHeader.NAME_LENGTH) {
      pax.add("linkpath", link);
    }
    long size = octalOr(pax, "size", size(e), TarHeader.LONG_NUMBER);
    long uid = octalOr(pax, "uid", e.uid(), TarHeader.SHORT_NUMBER);
    long gid = octalOr(pax, "gid", e.gid(), TarHeader.SHORT_NUMBER);
    long mtime = e.mtimeSeconds();
    if (e.mtimeNanos() != 0 || mtime < 0 || mtime > HeaderWriter.maxOctal(TarHeader.LONG_NUMBER)) {
      pax.time("mtime", mtime, e.mtimeNanos());
      mtime = mtime < 0 || mtime > HeaderWriter.maxOctal(TarHeader.LONG_NUMBER) ? 0 : mtime;
    }
    ownerNameOr(pax, "uname", e.userName());
    ownerNameOr(pax, "gname", e.groupName());
    for (Map.Entry<RawPath, byte[]> x : e.xattrs().entrySet()) {
      pax.xattr(x.getKey(), x.getValue());
    }
    if (!pax.isEmpty()) {
      extendedHeader(pax.build());
    }

    header.begin(format, e.type().flag());
    if (split > 0) {
      header.text(TarHeader.PREFIX, TarHeader.PREFIX_LENGTH, Arrays.copyOf(name, split));
      header.text(
          TarHeader.NAME, TarHeader.NAME_LENGTH, Arrays.copyOfRange(name, split + 1, name.length));
    } else {
      header.text(TarHeader.NAME, TarHeader.NAME_LENGTH, name);
    }
    header.octal(TarHeader.MODE, TarHeader.SHORT_NUMBER, e.mode());
    header.octal(TarHeader.UID, TarHeader.SHORT_NUMBER, uid);
    header.octal(TarHeader.GID, TarHeader.SHORT_NUMBER, gid);
    header.octal(TarHeader.SIZE, TarHeader.LONG_NUMBER, size);
    header.octal(TarHeader.MTIME, TarHeader.LONG_NUMBER, mtime);
    header.text(TarHeader.LINK_NAME, TarHeader.NAME_LENGTH, link);
    ownerNames(e);
    header.octal(TarHeader.DEVICE_MAJOR, TarHeader.SHORT_NUMBER, isDevice(e) ? e.deviceMajor() : 0);
    header.octal(TarHeader.DEVICE_MINOR, TarHeader.SHORT_NUMBER, isDevice(e) ? e.deviceMinor() : 0);
    out.write(header.finish(), 0, TarInput.BLOCK);
  }

  private void extendedHeader(byte[] records) {
    header.begin(format, 'x');
    header.text(
        TarHeader.NAME,
        TarHeader.NAME_LENGTH,
        "././@PaxHeader".getBytes(StandardCharsets.US_ASCII));
    header.octal(TarHeader.MODE, TarHeader.SHORT_NUMBER, 0644);
    header.octal(TarHeader.UID, TarHeader.SHORT_NUMBER, 0);
    header.octal(TarHeader.GID, TarHeader.SHORT_NUMBER, 0);
    header.octal(TarHeader.SIZE, TarHeader.LONG_NUMBER, records.length);
    header.octal(TarHeader.MTIME, TarHeader.LONG_NUMBER, 0);
    header.octal(TarHeader.DEVICE_MAJOR, TarHeader.SHORT_NUMBER, 0);
    header.octal(TarHeader.DEVICE_MINOR, TarHeader.SHORT_NUMBER, 0);
    out.write(header.finish(), 0, TarInput.BLOCK);
    out.write(records, 0, records.length);
    out.pad();
  }

  /**
   * Where a name can be cut so that what is before the slash fits prefix and what is behind it
   * fits, and does not leave empty, name; -1 if nowhere.
   */
  private static int prefixSplit(byte[] name) {
    // The slash at a directory's end belongs to the name. A cut at byte 0 would lose the slash.
    for (int i = Math.min(name.length - 2, TarHeader.PREFIX_LENGTH); i > 0; i--) {
      if (name[i] == '/') {
        return name.length - i - 1 <= TarHeader.NAME_LENGTH ? i : -1;
      }
    }
    return -1;
  }

  private static long octalOr(PaxBuilder pax, String key, long value, int length) {
    if (value <= HeaderWriter.maxOctal(length)) {
      return value;
    }
    pax.add(key, Long.toString(value));
    return 0;
  }

  private static void ownerNameOr(PaxBuilder pax, String key, String name) {
    // 31 bytes and a NUL fit; length() is a lower bound that spares most names the encoding.
    if (name.length() * 3 >= TarHeader.OWNER_NAME_LENGTH
        && name.getBytes(StandardCharsets.UTF_8).length >= TarHeader.OWNER_NAME_LENGTH) {
      pax.add(key, name);
    }
  }

  private void ownerNames(TarEntry e) {
    ownerName(TarHeader.USER_NAME, e.userName());
    ownerName(TarHeader.GROUP_NAME, e.groupName());
  }

  private void ownerName(int field, String name) {
    if (!name.isEmpty()) {
      header.text(field, TarHeader.OWNER_NAME_LENGTH - 1, name.getBytes(StandardCharsets.UTF_8));
    }
  }

  static boolean isDevice(TarEntry e) {
    return e.type() == TarEntry.Type.CHARACTER_DEVICE || e.type() == TarEntry.Type.BLOCK_DEVICE;
  }

  private static long size(TarEntry e) {
    return e.type() == TarEntry.Type.FILE ? e.size() : 0;
  }
}

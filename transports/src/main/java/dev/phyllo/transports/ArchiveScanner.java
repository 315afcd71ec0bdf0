package dev.phyllo.transports;

import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarReader;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Reads the headers of an uncompressed archive on disk and seeks over the contents; a file is then
 * read straight from its place in the archive, without a copy in between.
 */
final class ArchiveScanner {

  private ArchiveScanner() {}

  /**
   * The files of the archive.
   *
   * @param channel the archive; closed with the files
   * @throws dev.phyllo.oci.PhylloException if it is not a whole tar archive
   */
  static ArchiveFiles scan(FileChannel channel, String thing, LoadLimits limits) {
    ArchiveFiles files = new ArchiveFiles(thing, () -> close(channel, thing));
    boolean complete = false;
    try (TarReader tar =
        new TarReader(
            new Region(channel, 0, Long.MAX_VALUE), ArchiveFiles.tarLimits(limits), thing, true)) {
      long length = channel.size();
      for (TarEntry entry = ArchiveFiles.first(tar, thing); entry != null; entry = tar.next()) {
        String key = ArchiveFiles.key(entry);
        if (key == null) {
          continue;
        }
        switch (entry.type()) {
          case FILE -> files.add(key, file(channel, thing, key, entry, tar.offset(), length));
          case HARDLINK, SYMLINK -> files.addLink(key, entry);
          case DIRECTORY, FIFO, CHARACTER_DEVICE, BLOCK_DEVICE -> {}
        }
      }
      complete = true;
      return files;
    } catch (IOException e) {
      throw new SystemException(thing, e);
    } finally {
      if (!complete) {
        files.close();
      }
    }
  }

  private static ImageFile file(
      FileChannel channel, String thing, String key, TarEntry entry, long offset, long length) {
    String where = ArchiveFiles.where(thing, key, offset);
    if (entry.isSparse()) {
      throw new UnsupportedException(
          where, "stored as a sparse file", "make the archive again without --sparse");
    }
    if (entry.size() > length - offset) {
      throw new CorruptException(
          where,
          "truncated: "
              + entry.size()
              + " bytes long, but the archive ends after "
              + (length - offset),
          ImageFile.MAKE_AGAIN);
    }
    return new Part(where, channel, offset, entry.size());
  }

  static void close(FileChannel channel, String thing) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  private record Part(String where, FileChannel channel, long offset, long size)
      implements ImageFile {
    @Override
    public InputStream open() {
      return new Region(channel, offset, size);
    }
  }

  /** A part of a file as a stream; positional reads, so that several can be open at a time. */
  static final class Region extends InputStream {
    private final FileChannel channel;
    private long position;
    private long left;

    Region(FileChannel channel, long position, long length) {
      this.channel = channel;
      this.position = position;
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      if (len == 0) {
        return 0;
      }
      if (left == 0) {
        return -1;
      }
      int n = channel.read(ByteBuffer.wrap(b, off, (int) Math.min(len, left)), position);
      if (n > 0) {
        position += n;
        left -= n;
      }
      return n;
    }

    @Override
    public long skip(long n) throws IOException {
      // Not beyond the end: who skips must be able to notice that the file is shorter.
      long k = Math.max(0, Math.min(n, Math.min(left, channel.size() - position)));
      position += k;
      left -= k;
      return k;
    }
  }
}

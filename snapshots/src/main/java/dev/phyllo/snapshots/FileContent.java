package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileData;
import dev.phyllo.oci.ConflictException;
import java.io.InputStream;

/**
 * The first bytes of an open file, exactly as many as were announced. A file that grows meanwhile
 * is cut; one that shrinks is an error, since making up the rest would be a lie.
 */
final class FileContent extends InputStream {
  private final Fd file;
  private final RawPath path;
  private long left;

  FileContent(Fd file, RawPath path, long size) {
    this.file = file;
    this.path = path;
    this.left = size;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    if (left == 0) {
      return -1;
    }
    int n = FileData.read(file, into, offset, (int) Math.min(length, left));
    if (n == 0 && length > 0) {
      throw new ConflictException(
          path.toString(),
          "became shorter by " + left + " bytes while it was read",
          "stop the container, or try again");
    }
    left -= n;
    return n;
  }
}

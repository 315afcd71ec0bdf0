package dev.phyllo.build.context;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.tukaani.xz.XZIOException;
import org.tukaani.xz.XZInputStream;

/** Archives that people hand over, recognised by their first bytes, never by their names. */
public final class Archives {
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
  private static final byte[] BZIP2 = {'B', 'Z', 'h'};
  private static final int HEAD = 8;

  /** Enough for xz -9, and no more than a hostile header should get. */
  private static final int XZ_MEMORY_KIB = 128 << 10;

  private static final int BLOCK = 512;
  private static final int MAGIC_AT = 257;
  private static final int CHECKSUM_AT = 148;

  private Archives() {}

  /**
   * The archive as it was before compression.
   *
   * @param thing what errors call it
   * @throws UnsupportedException if it is compressed in a way nobody here knows
   */
  public static InputStream decompress(InputStream in, String thing) {
    BufferedInputStream buffered = new BufferedInputStream(in, 64 << 10);
    buffered.mark(HEAD);
    byte[] head;
    try {
      head = buffered.readNBytes(HEAD);
      buffered.reset();
      if (startsWith(head, XZ)) {
        return new XZInputStream(buffered, XZ_MEMORY_KIB);
      }
      if (startsWith(head, BZIP2) && head.length > 4 && head[4] == 0x31) {
        return new BufferedInputStream(new Bzip2(buffered, thing), 64 << 10);
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
    return Compression.detect(buffered).decompress(buffered, thing);
  }

  private static boolean startsWith(byte[] head, byte[] magic) {
    return head.length >= magic.length
        && Arrays.equals(head, 0, magic.length, magic, 0, magic.length);
  }

  /** Whether a file is a tar archive, compressed or not; its stream is read from and not closed. */
  public static boolean isArchive(InputStream in) throws IOException {
    try {
      InputStream plain = decompress(in, "file");
      byte[] head = plain.readNBytes(BLOCK);
      return head.length == BLOCK && (hasMagic(head) || hasChecksum(head));
    } catch (dev.phyllo.oci.PhylloException | XZIOException _) {
      return false; // It begins like something compressed and is not.
    }
  }

  private static boolean hasMagic(byte[] head) {
    return new String(head, MAGIC_AT, 5, StandardCharsets.US_ASCII).equals("ustar");
  }

  /** Tar before POSIX has no magic number, but its header has a sum of its bytes. */
  private static boolean hasChecksum(byte[] head) {
    long sum = 0;
    boolean zero = true;
    for (int i = 0; i < BLOCK; i++) {
      boolean inField = i >= CHECKSUM_AT && i < CHECKSUM_AT + 8;
      sum += inField ? ' ' : head[i] & 0xff;
      zero &= head[i] == 0;
    }
    long said = 0;
    for (int i = CHECKSUM_AT; i < CHECKSUM_AT + 8; i++) {
      if (head[i] >= '0' && head[i] <= '7') {
        said = said * 8 + head[i] - '0';
      }
    }
    return !zero && said == sum;
  }
}

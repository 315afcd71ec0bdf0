package dev.phyllo.store;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** Writes a new file and hashes it on the way, so that its bytes pass through once. */
final class BlobWriter extends OutputStream {
  private final Path file;
  private final Digest.Algorithm algorithm;
  private final MessageDigest hash;
  private final FileChannel channel;
  private long count;

  /**
   * Creates the file; what a crashed process left under its name is deleted first.
   *
   * <p>Blobs never change, so the file is made read-only from the start (the open descriptor can
   * still write): 0444 less the umask. The directories above are 0700, hence this is no wider than
   * 0400 for others, but a tool that copies the layout elsewhere gets files that can be read.
   */
  BlobWriter(Path file, Digest.Algorithm algorithm) {
    this.file = file;
    this.algorithm = algorithm;
    this.hash = algorithm.newMessageDigest();
    DurableFiles.createDirectories(DurableFiles.parent(file));
    try {
      java.nio.file.Files.deleteIfExists(file);
      this.channel =
          FileChannel.open(
              file,
              DurableFiles.options(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
              DurableFiles.mode(file, "r--r--r--"));
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    CrashPoints.reached("ingest file created");
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * Hashes and writes.
   *
   * @throws SystemException if the disk refuses; not an IOException, so that a caller who copies
   *     from a stream can tell a source that fails from a disk that is full
   */
  @Override
  public void write(byte[] bytes, int offset, int length) {
    hash.update(bytes, offset, length);
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    count += length;
    CrashPoints.reached("part of a blob written");
  }

  /** The number of bytes so far. */
  long count() {
    return count;
  }

  /** The digest of all bytes; nothing can be written afterwards. */
  Digest finish() {
    close();
    return Digest.of(algorithm, hash.digest());
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
  }
}

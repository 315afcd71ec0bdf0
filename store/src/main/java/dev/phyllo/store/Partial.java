package dev.phyllo.store;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;

/**
 * A blob that comes over a line which may break: what has arrived stays on disk when the process
 * gives up or dies, and whoever wants the blob next goes on from there.
 *
 * <p>The file's length is the record of how much is there. What is there is hashed again when it is
 * opened, so the digest that decides at the end is of every byte that is in the file then, whoever
 * wrote it; bytes that a power failure spoiled are found like any others. For use by one thread.
 */
public final class Partial extends OutputStream {
  private static final int BUFFER = 256 << 10;

  private final Batch batch;
  private final Descriptor expected;
  private final Path file;
  private final FileLocker.Held lock;
  private final FileChannel channel;
  private MessageDigest hash;
  private long count;
  private boolean finished;

  /** Opens what is there, or begins; the caller gives up the lock, unless this fails. */
  Partial(Batch batch, Descriptor expected, Path file, FileLocker.Held lock) {
    this.batch = batch;
    this.expected = expected;
    this.file = file;
    this.lock = lock;
    this.hash = expected.digest().algorithm().newMessageDigest();
    DurableFiles.createDirectories(DurableFiles.parent(file));
    FileChannel opened = null;
    try {
      opened = open(file);
      hashWhatIsThere(opened);
      channel = opened;
      opened = null;
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    } finally {
      if (opened != null) {
        closeQuietly(opened);
      }
    }
    CrashPoints.reached("partial blob opened");
  }

  private static FileChannel open(Path file) throws IOException {
    try {
      return create(file);
    } catch (AccessDeniedException _) {
      // Left by a writer of another kind, whose files are read-only; it is dead, the lock is ours.
      Files.deleteIfExists(file);
      return create(file);
    }
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        DurableFiles.options(
            StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
        DurableFiles.mode(file, "rw-------"));
  }

  private void hashWhatIsThere(FileChannel in) throws IOException {
    if (in.size() > expected.size()) {
      in.truncate(0);
    }
    ByteBuffer buffer = ByteBuffer.allocate(Math.clamp(in.size(), 1, BUFFER));
    for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
      hash.update(buffer.array(), 0, n);
      count += n;
      buffer.clear();
    }
  }

  /** What is being brought. */
  public Descriptor descriptor() {
    return expected;
  }

  /** How many bytes are there: the offset at which to go on. */
  public long count() {
    return count;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * Adds bytes.
   *
   * @throws CorruptException if the blob would be longer than its descriptor says; nothing of these
   *     bytes is kept
   * @throws SystemException if the disk refuses
   */
  @Override
  public void write(byte[] bytes, int offset, int length) {
    if (length > expected.size() - count) {
      throw Batch.wrongSize(expected.digest(), expected.size() + 1, expected.size());
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
    try {
      long at = count;
      while (buffer.hasRemaining()) {
        at += channel.write(buffer, at);
      }
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    hash.update(bytes, offset, length);
    count += length;
    CrashPoints.reached("part of a blob written");
  }

  /** Forgets every byte, to begin anew: for what turned out to be wrong. */
  public void restart() {
    try {
      channel.truncate(0);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    }
    count = 0;
    hash = expected.digest().algorithm().newMessageDigest();
  }

  /**
   * Ends the blob. It is in the store, durably, as soon as the batch is committed.
   *
   * @throws CorruptException if the bytes are not the blob; all of them are forgotten then, and it
   *     can be begun anew
   */
  public void commit() {
    if (finished) {
      throw new IllegalStateException("committed or closed already");
    }
    Digest digest = expected.digest();
    if (count != expected.size()) {
      throw Batch.wrongSize(digest, count, expected.size());
    }
    Digest actual = Digest.of(digest.algorithm(), hash.digest());
    if (!actual.equals(digest)) {
      restart();
      throw Batch.wrongDigest(digest, actual);
    }
    finished = true;
    boolean handedOver = false;
    try {
      channel.close();
      if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
      }
      handedOver = true;
      batch.addResumed(digest, expected.size(), file, lock);
    } catch (IOException e) {
      throw new SystemException(file.toString(), e);
    } finally {
      if (!handedOver) {
        batch.endResumed(digest, lock);
      }
    }
  }

  /** Leaves what has arrived to a later attempt, unless it was committed. */
  @Override
  public void close() {
    if (finished) {
      return;
    }
    finished = true;
    closeQuietly(channel);
    if (count == 0) {
      DurableFiles.deleteQuietly(file);
    }
    batch.endResumed(expected.digest(), lock);
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException _) {
      // What the file holds is hashed again before anyone relies on it.
    }
  }
}

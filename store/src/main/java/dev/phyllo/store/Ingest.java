package dev.phyllo.store;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A blob being written whose digest is known only at its end, such as a layer being packed.
 *
 * <p>Closed without {@link #commit} it leaves nothing behind. For use by one thread.
 */
public final class Ingest implements AutoCloseable {
  private final Batch batch;
  private final boolean ownsBatch;
  private final Path file;
  private final FileLocker.Held lock;
  private final BlobWriter writer;
  private boolean finished;

  Ingest(
      Batch batch, boolean ownsBatch, Path file, FileLocker.Held lock, Digest.Algorithm algorithm) {
    this.batch = batch;
    this.ownsBatch = ownsBatch;
    this.file = file;
    this.lock = lock;
    this.writer = new BlobWriter(file, algorithm);
  }

  /** Takes the blob's bytes; not buffered, so write in large pieces. */
  public OutputStream out() {
    return writer;
  }

  /** The number of bytes written so far. */
  public long count() {
    return writer.count();
  }

  /**
   * Ends the blob. It is then in the store, durably; if it was begun in a {@link Batch}, as soon as
   * that is committed.
   *
   * @param mediaType the type for the descriptor
   * @param expectedDigest what the digest must be, if that is known after all
   * @param expectedSize what the size must be, if known
   * @return the blob's descriptor
   * @throws dev.phyllo.oci.CorruptException if the bytes are not what was expected; nothing is kept
   */
  public Descriptor commit(
      String mediaType, Optional<Digest> expectedDigest, Optional<Long> expectedSize) {
    if (finished) {
      throw new IllegalStateException("committed or closed already");
    }
    Digest digest = writer.finish();
    long size = writer.count();
    if (expectedSize.isPresent() && expectedSize.get() != size) {
      throw Batch.wrongSize(expectedDigest.orElse(digest), size, expectedSize.get());
    }
    if (expectedDigest.isPresent() && !expectedDigest.get().equals(digest)) {
      throw Batch.wrongDigest(expectedDigest.get(), digest);
    }
    finished = true;
    try {
      batch.add(digest, size, file, lock);
      if (ownsBatch) {
        batch.commit();
      }
    } finally {
      if (ownsBatch) {
        batch.close();
      }
    }
    return Descriptor.of(mediaType, digest, size);
  }

  /** Drops the blob unless it was committed. */
  @Override
  public void close() {
    if (finished) {
      return;
    }
    finished = true;
    try {
      writer.close();
    } finally {
      DurableFiles.deleteQuietly(file);
      lock.close();
      if (ownsBatch) {
        batch.close();
      }
    }
  }
}

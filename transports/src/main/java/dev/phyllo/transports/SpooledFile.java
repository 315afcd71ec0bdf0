package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.store.Ingest;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A large file of a stream that has gone by: its bytes are in the store's ingest area already, and
 * become a blob if an image turns out to need them.
 */
final class SpooledFile implements ImageFile, AutoCloseable {
  private final String where;
  private final long size;
  private final byte[] head;
  private final Ingest ingest;
  private final Optional<Digest> diffId;
  private @Nullable Digest committed;

  /**
   * A file that was written to the ingest as a whole.
   *
   * @param head its first bytes
   * @param diffId the digest of its decompressed content, where it was asked for
   */
  SpooledFile(String where, long size, byte[] head, Ingest ingest, Optional<Digest> diffId) {
    this.where = where;
    this.size = size;
    this.head = head;
    this.ingest = ingest;
    this.diffId = diffId;
  }

  @Override
  public String where() {
    return where;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public byte[] head() {
    return head.clone();
  }

  @Override
  public InputStream open() {
    throw new InvalidException(
        where, "a layer where a document is expected", "load the archive from a file");
  }

  /** The digest of the decompressed content, where that was hashed while it went by. */
  Optional<Digest> diffId() {
    return diffId;
  }

  /** The digest; keeps the file. */
  @Override
  public synchronized Digest digest() {
    Digest known = committed;
    if (known == null) {
      known = ingest.commit(MediaTypes.OCI_LAYER, Optional.empty(), Optional.of(size)).digest();
      committed = known;
    }
    return known;
  }

  /**
   * Keeps the file as the blob this descriptor names.
   *
   * @throws dev.phyllo.oci.CorruptException if it is another
   */
  synchronized void keep(Descriptor d) {
    if (committed == null) {
      committed =
          ingest.commit(d.mediaType(), Optional.of(d.digest()), Optional.of(d.size())).digest();
    } else if (!committed.equals(d.digest())) {
      throw new dev.phyllo.oci.CorruptException(
          where, "content has digest " + committed + ", not " + d.digest(), MAKE_AGAIN);
    }
  }

  /** Drops the bytes unless they were kept. */
  @Override
  public void close() {
    ingest.close();
  }
}

package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.HashingInputStream;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.store.Batch;
import dev.phyllo.store.ContentStore;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What one load brings into the store. Everything is verified while it is written, and all of it
 * becomes visible together at {@link #commit}, after the last check; closed without, nothing is
 * left. Several threads may bring layers at the same time.
 */
final class Ingestion implements AutoCloseable {
  private final ContentStore content;
  private final Batch batch;
  private final boolean verifyDiffIds;
  private final long maxLayerBytes;
  private final Set<Digest> kept = ConcurrentHashMap.newKeySet();
  private final Map<Digest, Digest> diffIds = new ConcurrentHashMap<>();

  Ingestion(ContentStore content, LoadOptions options) {
    this.content = content;
    this.batch = content.batch();
    this.verifyDiffIds = options.verifyDiffIds();
    this.maxLayerBytes = options.limits().maxLayerBytes();
  }

  /** The batch that takes files before it is known what they are. */
  Batch batch() {
    return batch;
  }

  /** The store, as it is without what is being brought. */
  ContentStore content() {
    return content;
  }

  /** Whether layers are hashed decompressed. */
  boolean verifiesDiffIds() {
    return verifyDiffIds;
  }

  /** A hasher for a layer; SHA-256, which every diffID in use is. */
  DiffIdHasher hasher(String thing, Compression compression, Digest.Algorithm algorithm) {
    return new DiffIdHasher(thing, compression, algorithm, maxLayerBytes);
  }

  /**
   * Keeps a blob.
   *
   * @throws CorruptException if the file is not the blob the descriptor names
   */
  void keep(Descriptor d, ImageFile file) {
    if (!kept.contains(d.digest())) {
      attributed(file.where(), () -> write(d, file, Optional.empty()));
      kept.add(d.digest());
    }
  }

  /**
   * Keeps a layer and verifies its diffID: always where the layer is not compressed, because that
   * costs nothing, otherwise if asked to.
   *
   * @throws CorruptException if the file is not the blob the descriptor names, or its content is
   *     not what the diffID says
   */
  void keepLayer(Descriptor d, Digest diffId, ImageFile file) {
    if (diffIds.containsKey(d.digest())) {
      checkDiffId(file, d, diffId, diffIds.get(d.digest()));
      return;
    }
    Compression compression = Compression.detect(file.head());
    boolean sameHash = diffId.algorithm() == d.digest().algorithm();
    if (compression == Compression.NONE && sameHash) {
      checkDiffId(file, d, diffId, d.digest());
      keep(d, file);
    } else if (!verifyDiffIds) {
      keep(d, file);
    } else {
      attributed(file.where(), () -> keepHashed(d, diffId, file, compression));
      kept.add(d.digest());
    }
  }

  private void keepHashed(Descriptor d, Digest diffId, ImageFile file, Compression compression) {
    Digest actual;
    if (file instanceof SpooledFile spooled) {
      spooled.keep(d);
      actual =
          spooled
              .diffId()
              .filter(known -> known.algorithm() == diffId.algorithm())
              .orElseThrow(() ->
                  new UnsupportedException(
                      file.where(),
                      "its diffID " + diffId + " cannot be verified in a stream",
                      "load the archive from a file"));
    } else {
      try (DiffIdHasher hasher = hasher(file.where(), compression, diffId.algorithm())) {
        if (!write(d, file, Optional.of(hasher))) {
          hashAgain(d, file, hasher);
        }
        actual = hasher.finish();
      }
    }
    diffIds.put(d.digest(), actual);
    checkDiffId(file, d, diffId, actual);
  }

  /** Makes everything that was kept durable and visible. */
  void commit() {
    batch.commit();
  }

  /** Drops what was not committed. */
  @Override
  public void close() {
    batch.close();
  }

  private boolean write(Descriptor d, ImageFile file, Optional<DiffIdHasher> hasher) {
    if (file instanceof SpooledFile spooled) {
      spooled.keep(d);
      return true;
    }
    ImageFile.checkSize(file, d);
    try (InputStream in = file.open()) {
      return batch.ingest(d, hasher.isPresent() ? new Tee(in, hasher.get()) : in);
    } catch (IOException e) {
      throw new SystemException(file.where(), e);
    }
  }

  /** The blob was there before, or an image before this one brought it: nothing was read. */
  private void hashAgain(Descriptor d, ImageFile file, DiffIdHasher hasher) {
    try (HashingInputStream in =
        new HashingInputStream(
            content.has(d.digest()) ? content.open(d.digest()) : file.open(),
            d.digest().algorithm())) {
      byte[] buffer = new byte[1 << 17];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hasher.write(buffer, 0, n);
      }
      if (!in.digest().equals(d.digest())) {
        throw new CorruptException(
            d.digest().toString(),
            "its bytes have the digest " + in.digest(),
            ImageFile.MAKE_AGAIN);
      }
    } catch (IOException e) {
      throw new SystemException(d.digest().toString(), e);
    }
  }

  private static void checkDiffId(ImageFile file, Descriptor d, Digest expected, Digest actual) {
    if (!expected.equals(actual)) {
      throw new CorruptException(
          file.where(),
          "layer " + d.digest() + " has the diffID " + actual + ", but the config says " + expected,
          ImageFile.MAKE_AGAIN);
    }
  }

  /** The store knows digests only: adds the entry and its place to what it says. */
  static void attributed(String where, Runnable work) {
    try {
      work.run();
    } catch (CorruptException e) {
      if (e.thing().equals(where)) {
        throw e;
      }
      throw new CorruptException(where, e.thing() + ": " + e.why(), ImageFile.MAKE_AGAIN, e);
    }
  }

  /** Shows what is read to a hasher. */
  private static final class Tee extends FilterInputStream {
    private final DiffIdHasher hasher;

    Tee(InputStream in, DiffIdHasher hasher) {
      super(in);
      this.hasher = hasher;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = in.read(b, off, len);
      if (n > 0) {
        hasher.write(b, off, n);
      }
      return n;
    }
  }
}

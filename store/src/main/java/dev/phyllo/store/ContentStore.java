package dev.phyllo.store;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.Work;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Blobs by digest, in the {@code blobs} directory of an OCI image layout (image-layout.md).
 *
 * <p>A blob that is there is whole: bytes are written to a file in {@code ingest/}, verified while
 * they are written, made durable, and only then renamed to the name that is their digest. A process
 * killed anywhere leaves at most a file in {@code ingest/}, which {@link #removeStaleIngests}
 * removes; readers of the layout never look there. Two processes that want one blob bring it once:
 * who writes it holds a lock with the digest's name, and the other finds it present afterwards.
 *
 * <p>Reading takes no lock, because a blob never changes and its name appears atomically.
 *
 * <p>Blobs that no image names can be collected as garbage at any time; who ingests and only later
 * names does so {@linkplain #under under a lease}, which ends after both.
 */
public final class ContentStore {
  private static final int BUFFER = 256 << 10;

  private final NamespaceDirs dirs;
  private final Locks locks;
  private final StepListener steps;
  private final Syncer syncer;
  private final @Nullable Lease lease;

  /**
   * The content of a namespace, synchronised file by file.
   *
   * @param dirs the namespace
   * @param locks its locks
   * @param steps hears of each blob verified or found present
   */
  public ContentStore(NamespaceDirs dirs, Locks locks, StepListener steps) {
    this(dirs, locks, steps, Syncer.EACH_FILE);
  }

  /**
   * The content of a namespace.
   *
   * @param dirs the namespace
   * @param locks its locks
   * @param steps hears of each blob verified or found present
   * @param syncer makes the files of a batch durable
   */
  public ContentStore(NamespaceDirs dirs, Locks locks, StepListener steps, Syncer syncer) {
    this(dirs, locks, steps, syncer, null);
  }

  private ContentStore(
      NamespaceDirs dirs, Locks locks, StepListener steps, Syncer syncer, @Nullable Lease lease) {
    this.dirs = dirs;
    this.locks = locks;
    this.steps = steps;
    this.syncer = syncer;
    this.lease = lease;
  }

  /**
   * The same content, where everything that is ingested, or found present instead, is protected by
   * a lease before it is looked for.
   */
  public ContentStore under(Lease newLease) {
    return new ContentStore(dirs, locks, steps, syncer, newLease);
  }

  /** Whether the blob is there; under a lease, it then stays as long as that. */
  public boolean has(Digest digest) {
    protect(digest);
    return Files.isRegularFile(path(digest));
  }

  /** The blob's length in bytes, if it is there. */
  public Optional<Long> size(Digest digest) {
    long size = sizeOrMinus(digest);
    return size < 0 ? Optional.empty() : Optional.of(size);
  }

  /** The blob's file, which need not exist. Blobs are never changed in place. */
  public Path path(Digest digest) {
    return dirs.blob(digest);
  }

  /**
   * Brings one blob into the store, durably when this returns; see {@link Batch#ingest}.
   *
   * @return whether it was written; false if it was there already, and the stream was not read
   * @throws CorruptException if the bytes are not the blob; nothing is kept of them
   * @throws SystemException if the stream or the disk fails
   */
  public boolean ingest(Descriptor expected, InputStream in) {
    try (Batch batch = batch()) {
      boolean written = batch.ingest(expected, in);
      batch.commit();
      return written;
    }
  }

  /** Begins a blob whose digest is not known yet; it is in the store when it is committed. */
  public Ingest begin(Digest.Algorithm algorithm) {
    Batch batch = batch();
    boolean begun = false;
    try {
      Ingest ingest = batch.begin(algorithm, true);
      begun = true;
      return ingest;
    } finally {
      if (!begun) {
        batch.close();
      }
    }
  }

  /** Begins several blobs that become durable together. */
  public Batch batch() {
    return new Batch(this, syncer);
  }

  /**
   * Opens a blob. Its bytes are not verified again.
   *
   * @throws NotFoundException if it is not there
   */
  public InputStream open(Digest digest) {
    try {
      return Files.newInputStream(path(digest));
    } catch (NoSuchFileException e) {
      throw notFound(digest, e);
    } catch (IOException e) {
      throw new SystemException(path(digest).toString(), e);
    }
  }

  /**
   * Reads a small blob and verifies its size and digest again.
   *
   * @param maxBytes what such a document may be long at most
   * @throws NotFoundException if it is not there
   * @throws CorruptException if the blob on disk is not what the descriptor says
   * @throws InvalidException if the descriptor says it is longer than {@code maxBytes}
   */
  public byte[] read(Descriptor descriptor, int maxBytes) {
    Digest digest = descriptor.digest();
    if (descriptor.size() > maxBytes) {
      throw tooLong(digest, descriptor.size(), maxBytes);
    }
    byte[] bytes = readTrusted(digest, maxBytes);
    if (bytes.length != descriptor.size()) {
      throw damaged(
          digest, "has " + bytes.length + " bytes, its descriptor says " + descriptor.size());
    }
    Digest actual =
        Digest.of(digest.algorithm(), digest.algorithm().newMessageDigest().digest(bytes));
    if (!actual.equals(digest)) {
      throw damaged(digest, "its bytes have the digest " + actual);
    }
    return bytes;
  }

  /**
   * Reads a small blob without hashing it: what is in the store was verified when it came. Starting
   * a container reads its config this way, because loading the hash function alone costs more than
   * the rest of the read.
   *
   * @param maxBytes what such a document may be long at most
   * @throws NotFoundException if it is not there
   * @throws InvalidException if it is longer than {@code maxBytes}
   */
  public byte[] readTrusted(Digest digest, int maxBytes) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(path(digest))) {
      bytes = in.readNBytes(maxBytes == Integer.MAX_VALUE ? maxBytes : maxBytes + 1);
    } catch (NoSuchFileException e) {
      throw notFound(digest, e);
    } catch (IOException e) {
      throw new SystemException(path(digest).toString(), e);
    }
    if (bytes.length > maxBytes) {
      throw tooLong(digest, sizeOrMinus(digest), maxBytes);
    }
    return bytes;
  }

  /** All blobs, sorted by digest; files that are not named like one are left out. */
  public List<BlobInfo> list() {
    List<BlobInfo> blobs = new ArrayList<>();
    for (Digest.Algorithm algorithm : Digest.Algorithm.values()) {
      Path directory = blobDirectory(algorithm);
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
        for (Path file : files) {
          addTo(blobs, algorithm, file);
        }
      } catch (NoSuchFileException _) {
        // No blob of this algorithm yet.
      } catch (IOException e) {
        throw new SystemException(directory.toString(), e);
      }
    }
    blobs.sort((a, b) -> a.digest().compareTo(b.digest()));
    return blobs;
  }

  /**
   * Deletes a blob. The caller has made sure that nothing needs it: it holds the lock {@value
   * Leases#GC_LOCK} alone.
   *
   * @return whether it was there
   */
  public boolean delete(Digest digest) {
    try {
      boolean deleted = Files.deleteIfExists(path(digest));
      if (deleted) {
        CrashPoints.reached("blob deleted");
        if (steps.isListening()) {
          steps.done(new BlobDeleted(digest));
        }
      }
      return deleted;
    } catch (IOException e) {
      throw new SystemException(path(digest).toString(), e);
    }
  }

  /**
   * Hashes a blob again.
   *
   * @throws NotFoundException if it is not there
   * @throws CorruptException if its bytes do not have its digest
   */
  public void verify(Digest digest) {
    MessageDigest hash = digest.algorithm().newMessageDigest();
    byte[] buffer = new byte[BUFFER];
    long size = 0;
    try (InputStream in = open(digest)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
        size += n;
      }
    } catch (IOException e) {
      throw new SystemException(path(digest).toString(), e);
    }
    Digest actual = Digest.of(digest.algorithm(), hash.digest());
    if (!actual.equals(digest)) {
      throw damaged(digest, "its " + size + " bytes have the digest " + actual);
    }
    reportVerified(digest, size);
  }

  /**
   * Removes half-written blobs whose writers are gone, and the lock files of finished ones; those
   * that somebody writes stay.
   *
   * @return how many ingest files were removed
   */
  public int removeStaleIngests() {
    return ingests().removeStale();
  }

  // What batches need.

  IngestFiles ingests() {
    return new IngestFiles(dirs.ingest(), locks);
  }

  Path blobDirectory(Digest.Algorithm algorithm) {
    return dirs.blobs().resolve(algorithm.token());
  }

  /** To be called before looking whether the blob is there. */
  void protect(Digest digest) {
    if (lease != null) {
      lease.protect(digest);
    }
  }

  void ensureLayout() {
    Layout.ensure(dirs, locks);
  }

  boolean hasWithSize(Digest digest, long size) {
    return sizeOrMinus(digest) == size;
  }

  void reportVerified(Digest digest, long size) {
    if (steps.isListening()) {
      steps.done(new BlobVerified(digest, size));
    }
  }

  void reportPresent(Digest digest, long size) {
    if (steps.isListening()) {
      steps.done(new BlobPresent(digest, size));
    }
  }

  /** Watches a layer coming in; documents are too short to be watched. */
  Work receiving(Descriptor blob) {
    return MediaTypes.isLayer(blob.mediaType())
        ? steps.begin(Work.Kind.RECEIVE, blob.digest().toString(), blob.size())
        : Work.UNWATCHED;
  }

  /**
   * Watches something being made or coming in whose digest is not known yet; see {@link
   * StepListener#begin}.
   */
  public Work watch(Work.Kind kind, String name, long size) {
    return steps.begin(kind, name, size);
  }

  private long sizeOrMinus(Digest digest) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path(digest), BasicFileAttributes.class);
      return attributes.isRegularFile() ? attributes.size() : -1;
    } catch (NoSuchFileException _) {
      return -1;
    } catch (IOException e) {
      throw new SystemException(path(digest).toString(), e);
    }
  }

  private static void addTo(List<BlobInfo> blobs, Digest.Algorithm algorithm, Path file)
      throws IOException {
    String name = algorithm.token() + ":" + file.getFileName();
    if (!Digest.isValid(name)) {
      return;
    }
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (attributes.isRegularFile()) {
        blobs.add(
            new BlobInfo(
                Digest.parse(name), attributes.size(), attributes.lastModifiedTime().toMillis()));
      }
    } catch (NoSuchFileException _) {
      // Deleted while we were listing.
    }
  }

  private NotFoundException notFound(Digest digest, @Nullable Throwable cause) {
    String why = "not in the content store " + dirs.content();
    String remedy = "load or pull the image again";
    return cause == null
        ? new NotFoundException(digest.toString(), why, remedy)
        : new NotFoundException(digest.toString(), why, remedy, cause);
  }

  private CorruptException damaged(Digest digest, String why) {
    return new CorruptException(
        digest.toString(),
        "damaged in the store: " + why + " (" + path(digest) + ")",
        "delete the blob and load or pull the image again");
  }

  private static InvalidException tooLong(Digest digest, long size, int maxBytes) {
    return new InvalidException(
        digest.toString(), size + " bytes long where such a document may have " + maxBytes, "");
  }
}

package dev.phyllo.store;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.StepListener;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Skeleton. */
public final class ContentStore {
  /** The content of a namespace. */
  public ContentStore(NamespaceDirs dirs, Locks locks, StepListener steps) {}

  /** The content of a namespace. */
  public ContentStore(NamespaceDirs dirs, Locks locks, StepListener steps, Syncer syncer) {}

  /** Whether the blob is there. */
  public boolean has(Digest digest) {
    throw new UnsupportedOperationException();
  }

  /** The blob's size. */
  public Optional<Long> size(Digest digest) {
    throw new UnsupportedOperationException();
  }

  /** Reads, verifies and keeps a blob, durably; returns whether it was new. */
  public boolean ingest(Descriptor expected, InputStream in) {
    throw new UnsupportedOperationException();
  }

  /** Begins a blob whose digest is not known yet. */
  public Ingest begin(Digest.Algorithm algorithm) {
    throw new UnsupportedOperationException();
  }

  /** Begins several blobs that become visible together. */
  public Batch batch() {
    throw new UnsupportedOperationException();
  }

  /** Opens a blob. */
  public InputStream open(Digest digest) {
    throw new UnsupportedOperationException();
  }

  /** The blob's file. */
  public Path path(Digest digest) {
    throw new UnsupportedOperationException();
  }

  /** Reads and verifies a small blob. */
  public byte[] read(Descriptor descriptor, int maxBytes) {
    throw new UnsupportedOperationException();
  }

  /** Reads a small blob without hashing. */
  public byte[] readTrusted(Digest digest, int maxBytes) {
    throw new UnsupportedOperationException();
  }

  /** All blobs. */
  public List<BlobInfo> list() {
    throw new UnsupportedOperationException();
  }

  /** Deletes a blob. */
  public boolean delete(Digest digest) {
    throw new UnsupportedOperationException();
  }

  /** Verifies a blob. */
  public void verify(Digest digest) {
    throw new UnsupportedOperationException();
  }

  /** Removes what dead processes left half-written. */
  public int removeStaleIngests() {
    throw new UnsupportedOperationException();
  }

  /** A blob being written whose digest is not known yet. */
  public static final class Ingest implements AutoCloseable {
    Ingest() {}

    /** Takes the bytes. */
    public OutputStream out() {
      throw new UnsupportedOperationException();
    }

    /** Verifies what is expected and keeps the blob. */
    public Descriptor commit(
        String mediaType, Optional<Digest> expectedDigest, Optional<Long> expectedSize) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  /** Several blobs that become visible together. */
  public static final class Batch implements AutoCloseable {
    Batch() {}

    /** As {@link ContentStore#ingest}, visible after {@link #commit}. */
    public boolean ingest(Descriptor expected, InputStream in) {
      throw new UnsupportedOperationException();
    }

    /** As {@link ContentStore#begin}, visible after {@link #commit} of the batch. */
    public Ingest begin(Digest.Algorithm algorithm) {
      throw new UnsupportedOperationException();
    }

    /** Makes all of it durable and visible. */
    public void commit() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }
}

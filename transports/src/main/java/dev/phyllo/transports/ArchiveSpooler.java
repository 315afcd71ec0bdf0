package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarReader;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.Work;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.Ingest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Reads an archive that comes only once: a pipe, or a compressed file. Documents and small files
 * are kept in memory, within a bound; everything else goes straight to the store's ingest area,
 * hashed on the way, and becomes a blob if the documents, which often come last, ask for it.
 */
final class ArchiveSpooler implements ArchiveFiles.AutoClosing {
  private static final int SMALL = 64 << 10;

  private final String thing;
  private final Ingestion ingestion;
  private final LoadLimits limits;
  private final List<SpooledFile> spooled = new ArrayList<>();
  private final byte[] buffer = new byte[256 << 10];
  private long memory;

  private ArchiveSpooler(String thing, Ingestion ingestion, LoadLimits limits) {
    this.thing = thing;
    this.ingestion = ingestion;
    this.limits = limits;
  }

  /**
   * Reads the stream to its end.
   *
   * @param in the archive, decompressed
   */
  static ArchiveFiles spool(InputStream in, String thing, Ingestion to, LoadLimits limits) {
    ArchiveSpooler spooler = new ArchiveSpooler(thing, to, limits);
    ArchiveFiles files = new ArchiveFiles(thing, spooler);
    boolean complete = false;
    try {
      spooler.read(new TarReader(in, ArchiveFiles.tarLimits(limits), thing), files);
      complete = true;
      return files;
    } finally {
      if (!complete) {
        files.close();
      }
    }
  }

  private void read(TarReader tar, ArchiveFiles files) {
    for (TarEntry entry = ArchiveFiles.first(tar, thing); entry != null; entry = tar.next()) {
      String key = ArchiveFiles.key(entry);
      if (key == null) {
        continue;
      }
      switch (entry.type()) {
        case FILE -> files.add(key, file(tar, key, entry));
        case HARDLINK, SYMLINK -> files.addLink(key, entry);
        case DIRECTORY, FIFO, CHARACTER_DEVICE, BLOCK_DEVICE -> {}
      }
    }
    // What follows the end belongs to the compressed stream: its checksum is verified there.
    tar.drain();
  }

  private ImageFile file(TarReader tar, String key, TarEntry entry) {
    String where = ArchiveFiles.where(thing, key, tar.offset());
    InputStream content = tar.content();
    long size = entry.size();
    byte[] first = readFully(content, (int) Math.min(size, buffer.length));
    boolean document = looksLikeJson(first) && size <= JsonCodec.MAX_BYTES;
    if (document || size <= SMALL && memory + size <= limits.maxMemoryBytes()) {
      memory += size;
      if (memory > limits.maxMemoryBytes()) {
        throw new InvalidException(
            where,
            "more than " + limits.maxMemoryBytes() + " bytes of documents in the archive",
            "load it from a file that is not compressed");
      }
      byte[] bytes = Arrays.copyOf(first, (int) size);
      if (size > first.length) {
        byte[] rest = readFully(content, (int) size - first.length);
        System.arraycopy(rest, 0, bytes, first.length, rest.length);
      }
      return new MemoryFile(where, bytes);
    }
    Optional<Digest> name = digestOf(key);
    if (name.isPresent()
        && !ingestion.verifiesDiffIds()
        && ingestion.content().size(name.get()).filter(s -> s == size).isPresent()) {
      return new InStore(where, name.get(), size, ingestion);
    }
    return spool(where, name, size, first, content);
  }

  private SpooledFile spool(
      String where, Optional<Digest> name, long size, byte[] first, InputStream content) {
    Digest.Algorithm algorithm = name.map(Digest::algorithm).orElse(Digest.Algorithm.SHA256);
    byte[] head = Arrays.copyOf(first, Math.min(first.length, ImageFile.HEAD_BYTES));
    Compression compression = Compression.detect(head);
    Ingest ingest = ingestion.batch().begin(algorithm);
    boolean complete = false;
    String watched = name.map(Digest::toString).orElse(where);
    try (Work work = ingestion.content().watch(Work.Kind.RECEIVE, watched, size)) {
      work.advance(first.length);
      InputStream rest = work.count(content);
      Optional<Digest> diffId = Optional.empty();
      if (compression == Compression.NONE || !ingestion.verifiesDiffIds()) {
        copy(first, rest, ingest, Optional.empty());
      } else {
        try (DiffIdHasher hasher = ingestion.hasher(where, compression, Digest.Algorithm.SHA256)) {
          copy(first, rest, ingest, Optional.of(hasher));
          diffId = Optional.of(finish(hasher, where, name, size, ingest));
        }
      }
      SpooledFile file = new SpooledFile(where, size, head, ingest, diffId);
      spooled.add(file);
      work.done();
      complete = true;
      return file;
    } finally {
      if (!complete) {
        ingest.close();
      }
    }
  }

  private void copy(
      byte[] first, InputStream content, Ingest ingest, Optional<DiffIdHasher> hasher) {
    try {
      int n = first.length;
      System.arraycopy(first, 0, buffer, 0, n);
      while (n >= 0) {
        ingest.out().write(buffer, 0, n);
        if (hasher.isPresent()) {
          hasher.get().write(buffer, 0, n);
        }
        n = content.read(buffer);
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  private static Digest finish(
      DiffIdHasher hasher, String where, Optional<Digest> name, long size, Ingest ingest) {
    try {
      return hasher.finish();
    } catch (PhylloException e) {
      if (name.isPresent()) {
        // If it does not have the digest it is named by either, that says more.
        Ingestion.attributed(
            where, () -> ingest.commit(MediaTypes.OCI_LAYER, name, Optional.of(size)));
      }
      throw e;
    }
  }

  private static Optional<Digest> digestOf(String key) {
    String[] parts = key.split("/", -1);
    if (parts.length != 3 || !parts[0].equals("blobs")) {
      return Optional.empty();
    }
    String text = parts[1] + ":" + parts[2];
    return Digest.isValid(text) ? Optional.of(Digest.parse(text)) : Optional.empty();
  }

  private byte[] readFully(InputStream content, int length) {
    try {
      return content.readNBytes(length);
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  private static boolean looksLikeJson(byte[] first) {
    if (first.length == 0) {
      return false;
    }
    return switch (first[0]) {
      case '{', '[', ' ', '\t', '\r', '\n' -> true;
      default -> false;
    };
  }

  @Override
  public void close() {
    for (SpooledFile file : spooled) {
      file.close();
    }
  }

  /** A blob the store had before: the archive's copy is not looked at. */
  private record InStore(String where, Digest digest, long size, Ingestion ingestion)
      implements ImageFile {
    @Override
    public InputStream open() {
      return ingestion.content().open(digest);
    }
  }
}

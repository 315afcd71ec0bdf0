package dev.phyllo.transports;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Changes an OCI image layout in a directory, in an order that a crash at any point leaves whole:
 * blobs first, each under another name until it is complete, then the index in one step, and in a
 * new directory the marker {@code oci-layout} last.
 *
 * <p>{@link #prepare} comes before the lock on the marker is taken, everything else after. Blobs
 * may be put from several threads.
 */
final class LayoutFiles {
  private static final int MAX_INDEX_BYTES = 64 << 20;
  private static final int BUFFER = 256 << 10;

  private final Path directory;
  private final StepListener steps;
  private final Set<Path> changed = new LinkedHashSet<>(); // guarded by itself
  private final Set<Path> seen = new LinkedHashSet<>(); // guarded by changed

  LayoutFiles(Path directory, StepListener steps) {
    this.directory = directory;
    this.steps = steps;
  }

  /** Makes the directory, if it is not there, with an empty marker to lock. */
  void prepare() throws IOException {
    Path marker = directory.resolve(ImageContents.OCI_LAYOUT);
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new ConflictException(
          directory.toString(), "exists and is not a directory", "name another one");
    }
    if (!Files.isDirectory(directory)) {
      Path parent = WholeFile.directory(directory);
      if (!Files.isDirectory(parent)) {
        throw new NotFoundException(
            directory.toString(), "there is no directory " + parent, "make it first");
      }
      createDirectory(directory);
    }
    if (Files.exists(marker)) {
      byte[] bytes = Files.readAllBytes(marker);
      if (bytes.length > 0) {
        OciLayout.checkMarker(bytes, marker.toString());
      }
      return;
    }
    refuseOthers();
    try {
      Files.createFile(marker);
      CrashPoints.reached("marker created");
    } catch (FileAlreadyExistsException _) {
      // Another save was faster; the lock makes this one wait for it.
    }
  }

  /** A directory that holds other things must not be mixed up with a layout by mistake. */
  private void refuseOthers() throws IOException {
    try (DirectoryStream<Path> children = Files.newDirectoryStream(directory)) {
      for (Path child : children) {
        String name = child.getFileName().toString();
        if (!name.equals(ImageContents.OCI_LAYOUT)) {
          throw new ConflictException(
              directory.toString(),
              "holds " + name + " and is not an OCI layout",
              "name an empty or a new directory");
        }
      }
    }
  }

  /** Removes what killed writers left. */
  void begin() throws IOException {
    removeLeftovers(directory);
    createDirectory(directory.resolve("blobs"));
  }

  /** The index as it is. */
  Index readIndex() throws IOException {
    Path file = directory.resolve(ImageContents.INDEX);
    if (!Files.exists(file)) {
      return Index.of(List.of());
    }
    return Index.fromJson(
        JsonCodec.parseObject(Files.readAllBytes(file), file.toString(), MAX_INDEX_BYTES));
  }

  /** Whether the layout has the blob; a damaged one is written again. */
  boolean has(Descriptor d) throws IOException {
    boolean whole = isWhole(file(d), d);
    if (whole) {
      report("keep", ImageFiles.blobName(d.digest()), d.size());
    }
    return whole;
  }

  /** Writes a blob, which the stream verifies; it throws before its end if it is not the blob. */
  void put(Descriptor d, InputStream in) throws IOException {
    Path file = file(d);
    byte[] buffer = new byte[Math.clamp(d.size(), 1 << 10, BUFFER)];
    try (WholeFile blob = WholeFile.open(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        blob.out().write(buffer, 0, n);
      }
      blob.commitName();
    }
    synchronized (changed) {
      changed.add(WholeFile.directory(file));
    }
    report("write", ImageFiles.blobName(d.digest()), d.size());
  }

  private Path file(Descriptor d) throws IOException {
    Path file = directory.resolve(ImageFiles.blobName(d.digest()));
    Path parent = WholeFile.directory(file);
    synchronized (changed) {
      if (seen.add(parent)) {
        createDirectory(parent);
        removeLeftovers(parent);
      }
    }
    return file;
  }

  /** Makes the names of the blobs durable. */
  void sync() {
    synchronized (changed) {
      for (Path parent : changed) {
        DurableFiles.syncDirectory(parent);
      }
      changed.clear();
    }
  }

  /** Makes the blobs durable, then the index, then the layout known as one. */
  void finish(Index before, Index after) throws IOException {
    sync();
    Path indexFile = directory.resolve(ImageContents.INDEX);
    byte[] bytes = after.toBytes();
    // As bytes: a record's own equals makes classes when it is first used.
    if (Arrays.equals(bytes, before.toBytes()) && Files.exists(indexFile)) {
      report("keep", ImageContents.INDEX, bytes.length);
    } else {
      try (WholeFile file = WholeFile.open(indexFile)) {
        file.out().write(bytes);
        file.commit();
      }
      report("write", ImageContents.INDEX, bytes.length);
    }
    Path marker = directory.resolve(ImageContents.OCI_LAYOUT);
    if (Files.size(marker) == 0) {
      // In place: the lock is on this very file.
      try (FileChannel channel = FileChannel.open(marker, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(OciLayout.marker()));
        channel.force(true);
      }
      CrashPoints.reached("marker written");
      DurableFiles.syncDirectory(directory);
      report("write", ImageContents.OCI_LAYOUT, OciLayout.marker().length);
    }
  }

  /** Whether a file is a blob, by size and digest. */
  static boolean isWhole(Path file, Descriptor d) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) != d.size()) {
      return false;
    }
    byte[] buffer = new byte[Math.clamp(d.size(), 1 << 10, BUFFER)];
    MessageDigest hash = d.digest().algorithm().newMessageDigest();
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.update(buffer, 0, n);
      }
    }
    return Digest.of(d.digest().algorithm(), hash.digest()).equals(d.digest());
  }

  private static void createDirectory(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      try {
        Files.createDirectory(path);
        CrashPoints.reached("directory created");
      } catch (FileAlreadyExistsException _) {
        return;
      }
      DurableFiles.syncDirectory(WholeFile.directory(path));
    }
  }

  /** Removes what killed saves left; the caller holds the lock. */
  private static void removeLeftovers(Path path) throws IOException {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(path, WholeFile.TEMPORARY_PREFIX + "*")) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
  }

  private void report(String verb, String name, long size) {
    if (steps.isListening()) {
      steps.done(new SaveStep(verb, name, Map.of("size", Long.toString(size))));
    }
  }
}

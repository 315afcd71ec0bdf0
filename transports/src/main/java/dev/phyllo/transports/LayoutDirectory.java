package dev.phyllo.transports;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.Work;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.CrashPoints;
import dev.phyllo.store.DurableFiles;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Adds images to an OCI image layout in a directory, which is made if it is not there.
 *
 * <p>A crash at any point leaves a layout as it was, with at most blobs that its index does not
 * name: blobs are written first, each under another name until it is whole, then the index is
 * replaced in one step. In a new directory the marker {@code oci-layout} is filled last; until then
 * it is empty and the directory is no layout to anyone but the next save.
 *
 * <p>Who changes the directory holds a lock on {@code oci-layout}.
 */
final class LayoutDirectory {
  private static final int MAX_INDEX_BYTES = 64 << 20;

  private final Path directory;
  private final FileLocker locker;
  private final StepListener steps;
  private final byte[] buffer = new byte[256 << 10];
  private final Set<Path> changed = new LinkedHashSet<>();
  private final Set<Path> seen = new LinkedHashSet<>();

  LayoutDirectory(Path directory, FileLocker locker, StepListener steps) {
    this.directory = directory;
    this.locker = locker;
    this.steps = steps;
  }

  /** What is done to a layout while its lock is held. */
  interface Changes {
    /** The index as it will be. */
    Index index(Index before);

    /** Writes the blobs that it needs. */
    void writeBlobs() throws IOException;
  }

  /** Adds the images of a store; they are durable on return. */
  void add(SavedContents contents, ContentStore content) {
    change(
        new Changes() {
          @Override
          public Index index(Index before) {
            return contents.mergedInto(before);
          }

          @Override
          public void writeBlobs() throws IOException {
            write(contents, content);
          }
        });
  }

  /** Changes the layout, which is made if there is none; all of it is durable on return. */
  void change(Changes changes) {
    try {
      prepare();
      Locks locks = new Locks(directory, locker);
      try (FileLocker.Held _ = locks.acquire(ImageContents.OCI_LAYOUT, Locks.Mode.EXCLUSIVE)) {
        changeLocked(changes);
      }
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  private void prepare() throws IOException {
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

  private void changeLocked(Changes changes) throws IOException {
    removeLeftovers(directory);
    Path indexFile = directory.resolve(ImageContents.INDEX);
    Index before = Index.of(java.util.List.of());
    if (Files.exists(indexFile)) {
      String thing = indexFile.toString();
      before =
          Index.fromJson(
              JsonCodec.parseObject(Files.readAllBytes(indexFile), thing, MAX_INDEX_BYTES));
    }
    Index after = changes.index(before);
    changes.writeBlobs();
    byte[] bytes = after.toBytes();
    if (after.equals(before) && Files.exists(indexFile)) {
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

  private void write(SavedContents contents, ContentStore content) throws IOException {
    for (Descriptor d : contents.blobs()) {
      write(d, () -> StoredBlob.open(content, d));
    }
    sync();
  }

  /** Opens a blob to be copied; reading it to its end must fail if it is not what it should be. */
  interface BlobSource {
    InputStream open() throws IOException;
  }

  /** Makes the directories of what was written durable. */
  void sync() {
    for (Path parent : changed) {
      DurableFiles.syncDirectory(parent);
    }
    changed.clear();
  }

  /** Writes a blob unless the layout has it. */
  void write(Descriptor d, BlobSource source) throws IOException {
    if (seen.isEmpty()) {
      createDirectory(directory.resolve("blobs"));
    }
    Path file = directory.resolve(ImageFiles.blobName(d.digest()));
    Path parent = WholeFile.directory(file);
    if (seen.add(parent)) {
      createDirectory(parent);
      removeLeftovers(parent);
    }
    String name = ImageFiles.blobName(d.digest());
    if (isWhole(file, d)) {
      try (Work work = SaveGraph.writing(steps, d)) {
        work.present();
      }
      report("keep", name, d.size());
      return;
    }
    try (Work work = SaveGraph.writing(steps, d);
        WholeFile blob = WholeFile.open(file);
        InputStream in = work.count(source.open())) {
      copy(in, blob.out());
      blob.commitName();
      work.done();
    }
    changed.add(parent);
    report("write", name, d.size());
  }

  private void copy(InputStream in, OutputStream out) throws IOException {
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
    }
  }

  /** Whether the layout has the blob; a damaged one is written again. */
  private boolean isWhole(Path file, Descriptor d) throws IOException {
    if (!Files.isRegularFile(file) || Files.size(file) != d.size()) {
      return false;
    }
    java.security.MessageDigest hash = d.digest().algorithm().newMessageDigest();
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

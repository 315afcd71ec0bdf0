package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.Work;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Locks;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

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
  private final Path directory;
  private final FileLocker locker;
  private final StepListener steps;
  private final LayoutFiles files;

  LayoutDirectory(Path directory, FileLocker locker, StepListener steps) {
    this.directory = directory;
    this.locker = locker;
    this.steps = steps;
    this.files = new LayoutFiles(directory, steps);
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
      files.prepare();
      Locks locks = new Locks(directory, locker);
      try (FileLocker.Held _ = locks.acquire(ImageContents.OCI_LAYOUT, Locks.Mode.EXCLUSIVE)) {
        changeLocked(changes);
      }
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  private void changeLocked(Changes changes) throws IOException {
    files.begin();
    Index before = files.readIndex();
    Index after = changes.index(before);
    changes.writeBlobs();
    files.finish(before, after);
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
    files.sync();
  }

  /** Writes a blob unless the layout has it. */
  void write(Descriptor d, BlobSource source) throws IOException {
    try (Work work = SaveGraph.writing(steps, d)) {
      if (files.has(d)) {
        work.present();
        return;
      }
      try (InputStream in = work.count(source.open())) {
        files.put(d, in);
      }
      work.done();
    }
  }
}

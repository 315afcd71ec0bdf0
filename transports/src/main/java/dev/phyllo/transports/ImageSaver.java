package dev.phyllo.transports;

import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.FileLocker;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes images out of a content store into archives and directories: the mirror of {@link
 * ImageLoader}.
 *
 * <p>Manifests, configs and layers leave byte for byte as they are stored, so every digest and
 * docker's image IDs stay, and a blob that several images share is written once. Each blob is
 * hashed while it is written: a damaged one stops the save and no file is left. The same images in
 * the same order give the same bytes on any machine: entries are sorted, owned by root and dated by
 * {@link SaveOptions#epochSeconds}.
 *
 * <p>How images are named in the index of a layout: {@code io.containerd.image.name} is the whole
 * name. {@code org.opencontainers.image.ref.name} is the tag, as docker and containerd write it and
 * as {@code skopeo copy oci-archive:FILE:TAG} and umoci want it, unless another image of the layout
 * has that tag: then it is the whole name.
 */
public final class ImageSaver {
  private final ContentStore content;
  private final FileLocker locker;
  private final StepListener steps;

  /**
   * A saver.
   *
   * @param content where the images are
   * @param locker keeps two processes from changing one layout directory at a time
   * @param steps hears what is written
   */
  public ImageSaver(ContentStore content, FileLocker locker, StepListener steps) {
    this.content = content;
    this.locker = locker;
    this.steps = steps;
  }

  /**
   * Saves images to a file or, as {@link SaveFormat#OCI_DIR}, to a directory.
   *
   * <p>A file appears whole under its name, replacing what was there, or not at all. To a pipe or a
   * device, such as {@code /dev/stdout}, it is written as to a stream. A directory is created, or
   * is a layout to which the images are added: blobs that are there stay, and {@code index.json} is
   * replaced in one step when everything is there; an image of the same name is replaced.
   *
   * @throws dev.phyllo.oci.CorruptException if a blob in the store is damaged
   * @throws dev.phyllo.oci.NotFoundException if a blob is missing in the store
   * @throws dev.phyllo.oci.SystemException if the disk is full or the system refuses
   */
  public void save(List<SavedImage> images, Path target, SaveOptions options) {
    if (options.format() == SaveFormat.OCI_DIR) {
      SavedContents contents = SavedContents.of(images, content, options, steps);
      new LayoutDirectory(target, locker, steps).add(contents, content);
      return;
    }
    if (Files.isDirectory(target)) {
      throw new ConflictException(
          target.toString(),
          "is a directory",
          "give a file, or --format oci-dir to make the directory an OCI layout");
    }
    SavedContents contents = SavedContents.of(images, content, options, steps);
    try (WholeFile file = WholeFile.open(target)) {
      new LayoutArchive(content, options, steps).write(contents, file.out());
      file.commit();
    }
  }

  /**
   * Saves images as an archive to a stream, which is not closed. After an error the stream has only
   * part of an archive, which no reader takes for a whole one.
   *
   * @see #save(List, Path, SaveOptions)
   */
  public void save(List<SavedImage> images, OutputStream out, SaveOptions options) {
    if (options.format() == SaveFormat.OCI_DIR) {
      throw new UsageException("oci-dir", "a directory cannot go to a stream", "name one with -o");
    }
    SavedContents contents = SavedContents.of(images, content, options, steps);
    new LayoutArchive(content, options, steps)
        .write(contents, new NamedOutput("standard output", out));
  }
}

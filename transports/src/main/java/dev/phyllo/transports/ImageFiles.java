package dev.phyllo.transports;

import dev.phyllo.oci.Digest;
import org.jspecify.annotations.Nullable;

/**
 * The files of an image source by name, whatever holds them: an archive on disk, a stream that has
 * gone by, a directory. They are looked up and never extracted.
 */
interface ImageFiles extends AutoCloseable {

  /** Links from entry to entry that are followed before a chain of them is called endless. */
  int MAX_LINKS = 16;

  /** The source as the user knows it, for error messages. */
  String thing();

  /**
   * The regular file of this name, with links followed as long as they stay inside.
   *
   * @param name a clean name of {@link EntryPath}
   * @return null if there is none
   */
  @Nullable ImageFile find(String name);

  /** The name of a blob in an OCI layout, relative to the layout. */
  static String blobName(Digest digest) {
    return "blobs/" + digest.algorithm().token() + "/" + digest.hex();
  }

  @Override
  void close();
}

package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import java.nio.file.Path;

/**
 * Trees of files that are no snapshots, such as volumes: by descriptor, no symbolic link followed
 * and no mount point crossed, however deep they are.
 */
public final class PlainTree {
  private PlainTree() {}

  /**
   * Copies what is in a directory, and what it is itself, into an empty one: content with its
   * holes, owners, permissions, extended attributes, times, devices, and which names are one file.
   *
   * @param from opened for reading; its tree must not change meanwhile
   * @param to opened for reading
   */
  public static void copy(Fd from, Fd to) {
    TreeCopy.copy(from, to);
  }

  /**
   * Makes a directory look as another does: owner, permissions, extended attributes and times.
   *
   * @param from opened for reading
   * @param to opened for reading
   */
  public static void copyAttributes(Fd from, Fd to) {
    TreeCopy.copyAttributes(from, to);
  }

  /** Removes a file, or a directory and all in it; nothing happens if there is none. */
  public static void remove(Path tree) {
    Trees.remove(tree);
  }

  /** What a directory and all in it takes on disk. */
  public static Usage usage(Path tree) {
    return Trees.usage(tree);
  }
}

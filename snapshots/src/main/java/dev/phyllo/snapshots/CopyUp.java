package dev.phyllo.snapshots;

import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.InvalidException;

/**
 * Copies a file of a lower layer into the layer being made, as overlayfs does when a lower file is
 * changed: content, owner, permissions, times and extended attributes.
 */
final class CopyUp {
  private static final int ONE_STEP =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  private CopyUp() {}

  /**
   * Copies the non-directory that the lower layers have at this place.
   *
   * @param directory where the copy goes; its real path says where to look
   * @param entry the hard link that needs it, for errors
   */
  static void file(LowerLayers below, LayerTree.Directory directory, RawPath name, TarEntry entry) {
    RawPath path = directory.path.resolve(name);
    LowerLayers.Found found = below.find(path);
    if (found == null) {
      throw new InvalidException(
          entry.name().toString(),
          "a hard link to " + path + ", which neither this layer nor one below has",
          "");
    }
    try (found) {
      byte[] component = name.bytes();
      Stat stat = found.stat;
      switch (stat.type()) {
        case Stat.DIRECTORY ->
            throw new InvalidException(
                entry.name().toString(), "a hard link to the directory " + path, "");
        case Stat.FILE -> {
          try (Fd from = open(found, Open.RDONLY);
              Fd to =
                  FileCalls.openat2(
                      directory.fd,
                      component,
                      Open.WRONLY | Open.CREAT | Open.EXCL | Open.NOFOLLOW,
                      0600,
                      ONE_STEP)) {
            FileCopy.content(from, to, stat);
            Attributes.copy(found, to, directory.fd, component);
          }
        }
        case Stat.SYMLINK -> {
          byte[] target = FileCalls.readlinkat(found.parent, found.name);
          FileCalls.symlinkat(target, directory.fd, component);
          Attributes.copy(found, null, directory.fd, component);
        }
        default -> {
          long device = Stat.device(stat.deviceMajor(), stat.deviceMinor());
          FileCalls.mknodat(directory.fd, component, stat.type() | 0600, device);
          try (Fd place =
              FileCalls.openat2(directory.fd, component, Open.PATH | Open.NOFOLLOW, 0, ONE_STEP)) {
            Attributes.copy(found, place, directory.fd, component);
          }
        }
      }
    }
  }

  private static Fd open(LowerLayers.Found found, int flags) {
    return FileCalls.openat2(
        found.parent, found.name, flags | Open.NOFOLLOW | Open.NONBLOCK, 0, ONE_STEP);
  }
}

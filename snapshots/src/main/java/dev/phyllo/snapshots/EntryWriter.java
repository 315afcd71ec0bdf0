package dev.phyllo.snapshots;

import dev.phyllo.layers.Extent;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarReader;
import dev.phyllo.linux.At;
import dev.phyllo.linux.Errno;
import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.FileData;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Resolve;
import dev.phyllo.linux.Stat;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import java.nio.ByteBuffer;

/** Makes the file, directory, link or device an entry describes. */
final class EntryWriter {
  private static final int NEW_FILE = Open.WRONLY | Open.CREAT | Open.EXCL | Open.NOFOLLOW;
  private static final int PLACE = Open.PATH | Open.NOFOLLOW;
  private static final int ONE_STEP =
      Resolve.BENEATH | Resolve.NO_SYMLINKS | Resolve.NO_MAGICLINKS | Resolve.NO_XDEV;

  /** The most that device numbers can be (makedev(3), as the kernel encodes them). */
  private static final int MAX_MAJOR = (1 << 12) - 1;

  private static final int MAX_MINOR = (1 << 20) - 1;
  private static final int BUFFER = 128 << 10;

  private final LayerChanges changes;
  private final Stat.Buffer stat = new Stat.Buffer();
  private final byte[] chunk = new byte[BUFFER];
  private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER);
  private long written;

  EntryWriter(LayerChanges changes) {
    this.changes = changes;
  }

  long bytesWritten() {
    return written;
  }

  /**
   * Makes what the entry describes.
   *
   * @param name the entry's clean name
   * @param tar where its content is
   */
  void write(RawPath name, TarEntry entry, TarReader tar) {
    if (name.isEmpty()) {
      if (entry.type() == TarEntry.Type.DIRECTORY) {
        LayerTree.Directory root = changes.directory(name);
        Attributes.removeOthers(root.fd, entry);
        Attributes.apply(root.fd, entry, true);
        changes.hasEntry(name, entry.mtimeSeconds(), entry.mtimeNanos());
        root.release();
      }
      return;
    }
    LayerTree.Directory parent = changes.directory(name.parent());
    try {
      RawPath last = name.name();
      RawPath path = parent.path.resolve(last);
      switch (entry.type()) {
        case FILE -> file(parent, last, entry, tar);
        case DIRECTORY -> directory(parent, last, path, entry);
        case SYMLINK -> symlink(parent, last, entry);
        case HARDLINK -> hardlink(parent, last, entry);
        case CHARACTER_DEVICE -> special(parent, last, entry, Stat.CHARACTER_DEVICE);
        case BLOCK_DEVICE -> special(parent, last, entry, Stat.BLOCK_DEVICE);
        case FIFO -> special(parent, last, entry, Stat.FIFO);
      }
      changes.note(path);
    } finally {
      parent.release();
    }
  }

  private void file(LayerTree.Directory parent, RawPath name, TarEntry entry, TarReader tar) {
    byte[] component = name.bytes();
    // 0600 until the owner is right: nobody else may read it meanwhile.
    int number = FileCalls.tryOpenat2(parent.fd, component, NEW_FILE, 0600, ONE_STEP);
    if (number == -Errno.EEXIST) {
      makeRoom(parent, name, component);
      number = FileCalls.tryOpenat2(parent.fd, component, NEW_FILE, 0600, ONE_STEP);
    }
    if (number < 0) {
      throw Attributes.failure("openat2", entry.name(), -number);
    }
    try (Fd file = Fd.of(number)) {
      content(file, entry, tar);
      Attributes.apply(file, entry, false);
    }
  }

  private void content(Fd file, TarEntry entry, TarReader tar) {
    if (entry.extents().isEmpty()) {
      copy(file, entry, tar, 0, entry.size());
      return;
    }
    for (Extent extent : entry.extents()) {
      copy(file, entry, tar, extent.offset(), extent.length());
    }
    check(FileData.tryFtruncate(file, entry.size()), "ftruncate", entry.name());
  }

  private void copy(Fd file, TarEntry entry, TarReader tar, long offset, long length) {
    long at = offset;
    long end = offset + length;
    while (at < end) {
      int wanted = (int) Math.min(end - at, chunk.length);
      int got = tar.read(chunk, 0, wanted);
      if (got <= 0) {
        throw new CorruptException(
            entry.name().toString(), "its content ends " + (end - at) + " bytes too early", "");
      }
      direct.clear();
      direct.put(chunk, 0, got);
      direct.flip();
      FileData.pwrite(file, direct, at);
      at += got;
      written += got;
    }
  }

  private void directory(LayerTree.Directory parent, RawPath name, RawPath path, TarEntry entry) {
    byte[] component = name.bytes();
    int made = FileCalls.tryMkdirat(parent.fd, component, 0700);
    if (made == -Errno.EEXIST) {
      check(
          FileCalls.tryStatx(parent.fd, component, At.SYMLINK_NOFOLLOW, stat),
          "statx",
          entry.name());
      if (stat.type() != Stat.DIRECTORY) {
        boolean deleted = changes.style() != WhiteoutStyle.PLAIN && LowerLayers.isWhiteout(stat);
        changes.clear(parent, name, false);
        FileCalls.mkdirat(parent.fd, component, 0700);
        if (deleted) {
          changes.hideLower(parent.fd, component);
        }
      }
    } else {
      check(made, "mkdirat", entry.name());
    }
    LayerTree.Directory directory = changes.directory(path);
    try {
      if (made == -Errno.EEXIST) {
        Attributes.removeOthers(directory.fd, entry);
      }
      Attributes.apply(directory.fd, entry, true);
      changes.hasEntry(path, entry.mtimeSeconds(), entry.mtimeNanos());
    } finally {
      directory.release();
    }
  }

  private void symlink(LayerTree.Directory parent, RawPath name, TarEntry entry) {
    byte[] component = name.bytes();
    byte[] target = entry.linkName().bytes();
    int made = FileCalls.trySymlinkat(target, parent.fd, component);
    if (made == -Errno.EEXIST) {
      makeRoom(parent, name, component);
      made = FileCalls.trySymlinkat(target, parent.fd, component);
    }
    check(made, "symlinkat", entry.name());
    Attributes.applyToLink(parent.fd, component, entry);
  }

  private void special(LayerTree.Directory parent, RawPath name, TarEntry entry, int type) {
    int major = entry.deviceMajor();
    int minor = entry.deviceMinor();
    if (major < 0 || major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR) {
      throw new InvalidException(
          entry.name().toString(), "device " + major + ":" + minor + " is out of range", "");
    }
    byte[] component = name.bytes();
    long device = type == Stat.FIFO ? 0 : Stat.device(major, minor);
    int made = FileCalls.tryMknodat(parent.fd, component, type | 0600, device);
    if (made == -Errno.EEXIST) {
      makeRoom(parent, name, component);
      made = FileCalls.tryMknodat(parent.fd, component, type | 0600, device);
    }
    if (made == -Errno.EPERM && type != Stat.FIFO && Attributes.inUserNamespace()) {
      return; // left out, as the class comment of Applier says
    }
    check(made, "mknodat", entry.name());
    try (Fd place = FileCalls.openat2(parent.fd, component, PLACE, 0, ONE_STEP)) {
      Attributes.applyToSpecial(place, parent.fd, component, entry);
    }
  }

  private void hardlink(LayerTree.Directory parent, RawPath name, TarEntry entry) {
    RawPath target = EntryNames.clean(entry.linkName());
    if (target.isEmpty()) {
      throw new InvalidException(
          entry.name().toString(), "a hard link to \"" + entry.linkName() + "\"", "");
    }
    RawPath targetName = target.name();
    LayerTree.Directory existing = changes.existing(target.parent());
    boolean here =
        existing != null
            && FileCalls.tryStatx(existing.fd, targetName.bytes(), At.SYMLINK_NOFOLLOW, stat) == 0;
    LayerTree.Directory from = existing != null ? existing : changes.directory(target.parent());
    try {
      if (!here) {
        CopyUp.file(changes.below(), from, targetName, entry);
      } else if (stat.type() == Stat.DIRECTORY) {
        throw new InvalidException(
            entry.name().toString(), "a hard link to the directory " + target, "");
      } else if (LowerLayers.isWhiteout(stat) && changes.style() != WhiteoutStyle.PLAIN) {
        throw new InvalidException(
            entry.name().toString(), "a hard link to " + target + ", which is deleted", "");
      }
      link(from, targetName, parent, name, entry);
    } finally {
      from.release();
    }
  }

  private void link(
      LayerTree.Directory from,
      RawPath targetName,
      LayerTree.Directory parent,
      RawPath name,
      TarEntry entry) {
    if (from.path.equals(parent.path) && targetName.equals(name)) {
      return; // a link to itself is there already
    }
    byte[] target = targetName.bytes();
    byte[] component = name.bytes();
    // No AT_SYMLINK_FOLLOW: a link to a symbolic link is that link.
    int made = FileCalls.tryLinkat(from.fd, target, parent.fd, component, 0);
    if (made == -Errno.EEXIST) {
      RawPath path = parent.path.resolve(name);
      if (from.path.startsWith(path)) {
        throw new InvalidException(
            entry.name().toString(), "a hard link in the place of its own directory", "");
      }
      makeRoom(parent, name, component);
      made = FileCalls.tryLinkat(from.fd, target, parent.fd, component, 0);
    }
    check(made, "linkat", entry.name());
  }

  /** Removes what is in the way, whatever it is. */
  private void makeRoom(LayerTree.Directory parent, RawPath name, byte[] component) {
    if (FileCalls.tryStatx(parent.fd, component, At.SYMLINK_NOFOLLOW, stat) == 0) {
      changes.clear(parent, name, stat.type() == Stat.DIRECTORY);
    }
  }

  private static void check(int result, String call, RawPath name) {
    if (result < 0) {
      throw Attributes.failure(call, name, -result);
    }
  }
}

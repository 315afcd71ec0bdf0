package dev.phyllo.transports;

import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The files of a directory, which may have been unpacked from anywhere: only regular files are
 * opened, and no symbolic link is followed out of the directory.
 */
final class DirectoryFiles implements ImageFiles {
  private final Path directory;
  private final Path real;

  DirectoryFiles(Path directory) {
    this.directory = directory;
    try {
      this.real = directory.toRealPath();
    } catch (IOException e) {
      throw new SystemException(directory.toString(), e);
    }
  }

  @Override
  public String thing() {
    return directory.toString();
  }

  @Override
  public @Nullable ImageFile find(String name) {
    return find(name, 0);
  }

  private @Nullable ImageFile find(String name, int links) {
    Path path = real.resolve(name);
    try {
      Path parent = path.getParent();
      if (parent == null || !parent.toRealPath().startsWith(real)) {
        throw new InvalidException(
            path.toString(),
            "a symbolic link leads out of the directory",
            "copy what it leads to into the directory");
      }
      BasicFileAttributes a =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (a.isSymbolicLink()) {
        // An unpacked docker archive links layers to each other; the target is again only a name.
        String target = EntryPath.linkTarget(name, Files.readSymbolicLink(path).toString());
        if (target == null || links == MAX_LINKS) {
          throw new InvalidException(
              path.toString(),
              "a symbolic link leads out of the directory or in a circle",
              "copy what it leads to into the directory");
        }
        return find(target, links + 1);
      }
      if (!a.isRegularFile()) {
        throw new InvalidException(
            path.toString(), "not a regular file", "give a directory with the files of one image");
      }
      return new OnDisk(path, a.size());
    } catch (NoSuchFileException _) {
      return null;
    } catch (IOException e) {
      throw new SystemException(path.toString(), e);
    }
  }

  @Override
  public void close() {
    // Nothing is held open.
  }

  private record OnDisk(Path path, long size) implements ImageFile {
    @Override
    public String where() {
      return path.toString();
    }

    @Override
    public InputStream open() {
      try {
        return Channels.newInputStream(
            Files.newByteChannel(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
      } catch (IOException e) {
        throw new SystemException(path.toString(), e);
      }
    }
  }
}

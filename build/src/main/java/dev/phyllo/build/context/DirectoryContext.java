package dev.phyllo.build.context;

import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.linux.Linux;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory of this machine as a tree to copy from. Directories are listed when something looks
 * into them; files are read when they are hashed or copied. What an ignore file leaves out is not
 * there. All files belong to root, for whose they are on this machine is nobody's business.
 */
public final class DirectoryContext {
  private static final byte[] CAPABILITY =
      "security.capability".getBytes(StandardCharsets.US_ASCII);

  private final Path directory;
  private final PathFilter ignored;
  private final FileHashes hashes;

  /**
   * A context.
   *
   * @param directory its root
   * @param ignored what is left out
   * @param hashes what is remembered of its files
   */
  public DirectoryContext(Path directory, PathFilter ignored, FileHashes hashes) {
    this.directory = directory;
    this.ignored = ignored;
    this.hashes = hashes;
  }

  /** The tree. */
  public FileTree tree() {
    TarEntry about =
        FileState.of(directory).entry(RawPath.of("./"), TarEntry.Type.DIRECTORY).build();
    return new FileTree(Node.directory(about, () -> list(directory, "")));
  }

  private NavigableMap<RawPath, Node> list(Path parent, String prefix) {
    NavigableMap<RawPath, Node> children = new TreeMap<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent)) {
      for (Path entry : entries) {
        RawPath name = PathNames.name(entry);
        Node node = node(entry, name, prefix + name);
        if (node != null) {
          children.put(name, node);
        }
      }
    } catch (IOException e) {
      throw new SystemException(parent.toString(), e);
    }
    return children;
  }

  private @Nullable Node node(Path path, RawPath name, String relative) {
    boolean excluded = ignored.excludes(relative);
    if (excluded && ignored.prunes(relative)) {
      return null;
    }
    FileState state = FileState.of(path);
    TarEntry.Type type = state.type();
    if (type == null || excluded && type != TarEntry.Type.DIRECTORY) {
      return null;
    }
    TarEntry.Builder about = state.entry(name, type);
    if (type == TarEntry.Type.DIRECTORY) {
      if (excluded) {
        // There only for what is wanted below it.
        NavigableMap<RawPath, Node> wanted = list(path, relative + "/");
        return wanted.isEmpty() ? null : Node.directory(about.build(), () -> wanted);
      }
      return Node.directory(about.build(), () -> list(path, relative + "/"));
    }
    if (type == TarEntry.Type.FILE) {
      addXattrs(path, about);
      return Node.file(about.build(), new FileOnDisk(path, state, hashes));
    }
    if (type == TarEntry.Type.SYMLINK) {
      try {
        about.linkName(PathNames.whole(Files.readSymbolicLink(path)));
      } catch (IOException e) {
        throw new SystemException(path.toString(), e);
      }
    }
    return Node.other(about.build());
  }

  /**
   * The attributes that belong to users, and a program's capabilities, as buildah has it; the
   * others are this machine's. Where the kernel cannot be asked there are no capabilities.
   */
  private static void addXattrs(Path path, TarEntry.Builder about) {
    try {
      UserDefinedFileAttributeView view =
          Files.getFileAttributeView(
              path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
      if (view == null) {
        return;
      }
      for (String name : view.list()) {
        ByteBuffer value = ByteBuffer.allocate(view.size(name));
        view.read(name, value);
        about.xattr("user." + name, value.array());
      }
      byte[] capability =
          Linux.isSupported() ? Xattrs.get(PathNames.whole(path).bytes(), CAPABILITY) : null;
      if (capability != null) {
        about.xattr("security.capability", capability);
      }
    } catch (IOException _) {
      // A file system without attributes.
    }
  }

  private record FileOnDisk(Path path, FileState state, FileHashes hashes) implements Content {
    @Override
    public Digest digest() {
      return hashes.digest(path, state);
    }

    @Override
    public InputStream open() {
      try {
        return Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS);
      } catch (IOException e) {
        throw new SystemException(path.toString(), e);
      }
    }
  }
}

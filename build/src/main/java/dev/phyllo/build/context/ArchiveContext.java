package dev.phyllo.build.context;

import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.build.tree.LayerIndex;
import dev.phyllo.build.tree.LimitedStream;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.layers.TarReader;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tar archive, compressed or not, as a tree to copy from. Its contents go to one temporary file
 * while it is read; its names cannot lead out of the tree, for the tree has no outside.
 */
public final class ArchiveContext implements AutoCloseable {
  private final List<LayerIndex.Item> items;
  private final Path spool;

  private ArchiveContext(List<LayerIndex.Item> items, Path spool) {
    this.items = items;
    this.spool = spool;
  }

  /**
   * Reads an archive.
   *
   * @param in the archive; decompressed by what its first bytes say
   * @param thing what errors call it
   * @param directory where the temporary file is made
   * @param owners whether files keep their owners; otherwise all are root's
   */
  public static ArchiveContext read(
      InputStream in, String thing, TarLimits limits, Path directory, boolean owners) {
    Path spool;
    List<LayerIndex.Item> items = new ArrayList<>();
    try {
      spool = Files.createTempFile(directory, "context-", "");
      try (OutputStream out = Files.newOutputStream(spool);
          TarReader tar = new TarReader(Archives.decompress(in, thing), limits, thing)) {
        long at = 0;
        for (TarEntry e = tar.next(); e != null; e = tar.next()) {
          if (e.name().hasDotDot()) {
            throw new InvalidException(
                thing,
                "the entry " + e.name() + " leads out of the archive",
                "make the archive again from the directory itself");
          }
          if (e.type() == TarEntry.Type.FILE) {
            MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
            long n = tar.content().transferTo(new DigestOutputStream(out, hash));
            Digest digest = Digest.of(Digest.Algorithm.SHA256, hash.digest());
            items.add(item(e, new Piece(spool, at, n, digest), owners));
            at += n;
          } else {
            items.add(item(e, null, owners));
          }
        }
        tar.drain(); // the checksum of compressed data comes last
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
    return new ArchiveContext(items, spool);
  }

  private static final Digest NOTHING = Digest.sha256(new byte[0]);

  private static LayerIndex.Item item(TarEntry e, @Nullable Content content, boolean owners) {
    TarEntry mine =
        e.toBuilder()
            .owner(owners ? e.uid() : 0, owners ? e.gid() : 0)
            .ownerNames("", "")
            .mtime(e.mtimeSeconds(), 0)
            .extents(List.of())
            .build();
    return new LayerIndex.Item(mine, content);
  }

  /** The tree. */
  public FileTree tree() {
    return without(PathFilter.NONE);
  }

  /** The tree without what a filter leaves out. */
  public FileTree without(PathFilter ignored) {
    List<LayerIndex.Item> wanted = new ArrayList<>(items.size());
    for (LayerIndex.Item item : items) {
      RawPath path = item.entry().name().clean();
      if (path.isEmpty() || !ignored.excludes(path.toString())) {
        wanted.add(item);
      }
    }
    FileTree tree = FileTree.empty();
    tree.applyPlain(new LayerIndex(new Layer(Descriptor.of("", NOTHING, 0), NOTHING), wanted));
    return tree;
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(spool);
    } catch (IOException e) {
      throw new SystemException(spool.toString(), e);
    }
  }

  private record Piece(Path spool, long at, long length, Digest digest) implements Content {
    @Override
    public InputStream open() {
      try {
        FileChannel channel = FileChannel.open(spool);
        channel.position(at);
        return new LimitedStream(Channels.newInputStream(channel), length);
      } catch (IOException e) {
        throw new SystemException(spool.toString(), e);
      }
    }
  }
}

package dev.phyllo.build.copy;

import dev.phyllo.build.tree.BytesContent;
import dev.phyllo.build.tree.Content;
import dev.phyllo.build.tree.ContentSpool;
import dev.phyllo.build.tree.FileTree;
import dev.phyllo.build.tree.Layer;
import dev.phyllo.build.tree.LayerContent;
import dev.phyllo.build.tree.LayerIndex;
import dev.phyllo.build.tree.Node;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.HashingInputStream;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.ConflictException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.Ingest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A layer in the making: changes to a tree, each made there and noted as an entry.
 *
 * <p>As docker and containerd write layers, every entry comes with the directories above it, even
 * those that did not change; the root has none.
 */
public final class LayerDraft {
  private static final byte[] PREFIX = {'.', 'w', 'h', '.'};
  private static final RawPath ANY = RawPath.of("any");

  private final FileTree tree;
  private final Times times;
  private final NavigableMap<RawPath, Node> entries = new TreeMap<>();

  /** A draft on top of a tree, which changes with it. */
  public LayerDraft(FileTree tree, Times times) {
    this.tree = tree;
    this.times = times;
  }

  /** What turns one tree into another, as one layer; both stay as they are. */
  public static LayerDraft difference(FileTree before, FileTree after, Times times) {
    LayerDraft draft = new LayerDraft(after, times);
    draft.difference(RawPath.EMPTY, before.root(), after.root());
    return draft;
  }

  private void difference(RawPath path, @Nullable Node before, Node after) {
    for (Map.Entry<RawPath, Node> child : after.children()) {
      RawPath name = path.resolve(child.getKey());
      Node now = child.getValue();
      Node old = before == null ? null : before.child(child.getKey());
      if (old == null || !same(old, now)) {
        note(name, now);
      }
      if (now.isDirectory()) {
        difference(name, old != null && old.isDirectory() ? old : null, now);
      }
    }
    if (before == null) {
      return;
    }
    for (Map.Entry<RawPath, Node> child : before.children()) {
      if (after.child(child.getKey()) == null) {
        RawPath mark = path.resolve(whiteout(child.getKey()));
        note(
            mark,
            Node.file(
                TarEntry.builder(mark, TarEntry.Type.FILE).mtime(times.made(), 0).build(),
                new BytesContent(new byte[0])));
      }
    }
  }

  private static RawPath whiteout(RawPath name) {
    byte[] mark = Arrays.copyOf(PREFIX, PREFIX.length + name.length());
    name.copyTo(0, name.length(), mark, PREFIX.length);
    return RawPath.of(mark);
  }

  /** Whether nothing of a file changed; of directories, their own attributes. */
  private static boolean same(Node a, Node b) {
    Content before = a.content();
    Content now = b.content();
    boolean contents =
        before == null || now == null
            ? before == null && now == null
            : before.digest().equals(now.digest());
    return contents && a.about().bare(ANY).equals(b.about().bare(ANY));
  }

  /** The tree with all changes so far. */
  public FileTree tree() {
    return tree;
  }

  /** Whether nothing has changed. */
  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /**
   * A directory, made with those above it where missing.
   *
   * @param path where; links on the way are followed inside the tree
   * @param owner whom new directories belong to
   * @return where it really is
   * @throws InvalidException if something else is there
   */
  public FileTree.Resolved directory(RawPath path, Owner owner) {
    return directory(path, owner, null);
  }

  private FileTree.Resolved directory(RawPath path, Owner owner, @Nullable TarEntry last) {
    FileTree.Resolved at = tree.resolve(path, true);
    if (!at.node().isDirectory()) {
      throw new InvalidException(
          "/" + path.clean(), "is there and is not a directory", "name another destination");
    }
    RawPath real = at.path();
    Node node = at.node();
    for (int i = 0; i < at.missing().size(); i++) {
      RawPath name = at.missing().get(i);
      real = real.resolve(name);
      TarEntry about =
          last != null && i + 1 == at.missing().size()
              ? last.bare(real)
              : TarEntry.builder(real, TarEntry.Type.DIRECTORY)
                  .mode(0755)
                  .owner(owner.uid(), owner.gid())
                  .mtime(times.made(), 0)
                  .build();
      Node made = Node.directory(about);
      node.put(name, made);
      note(real, made);
      node = made;
    }
    return new FileTree.Resolved(real, node, List.of());
  }

  /**
   * A directory with these attributes, if it is not there yet; else it stays as it is.
   *
   * @param about its attributes; the name does not count
   */
  public FileTree.Resolved directoryLike(RawPath path, Owner owner, TarEntry about) {
    return directory(path, owner, about);
  }

  /** Gives a directory that is there other attributes. */
  void describe(FileTree.Resolved directory, TarEntry about) {
    directory.node().describe(about.bare(directory.path()));
    note(directory.path(), directory.node());
  }

  /**
   * Puts something into a directory, in the place of what is there.
   *
   * @throws InvalidException if a directory is there
   */
  void put(FileTree.Resolved parent, RawPath name, Node node) {
    RawPath path = parent.path().resolve(name);
    Node old = parent.node().child(name);
    if (old != null && old.isDirectory()) {
      throw new InvalidException(
          "/" + path, "is a directory, which no file can replace", "name another destination");
    }
    parent.node().put(name, node);
    note(path, node);
  }

  private void note(RawPath path, Node node) {
    entries.put(path, node);
    for (RawPath above = path.parent(); !above.isEmpty(); above = above.parent()) {
      if (entries.containsKey(above)) {
        break;
      }
      FileTree.Resolved directory = tree.resolve(above, false);
      entries.put(above, directory.node());
    }
  }

  /**
   * Writes the layer into the store.
   *
   * @param spool opens what is copied
   * @param compression how it is compressed
   * @return its index
   * @throws ConflictException if a file changed since its digest was computed
   */
  public LayerIndex write(ContentStore store, ContentSpool spool, Compression compression) {
    List<Content> contents = new ArrayList<>();
    for (Node node : entries.values()) {
      Content content = node.content();
      if (content != null) {
        contents.add(content);
      }
    }
    spool.prepare(contents);
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    List<Written> written;
    Descriptor blob;
    try (Ingest ingest = store.begin(Digest.Algorithm.SHA256)) {
      OutputStream out = compression.compress(ingest.out());
      try (TarWriter tar = new TarWriter(new DigestOutputStream(out, hash))) {
        written = write(tar, spool);
      }
      blob = ingest.commit(compression.layerMediaType(), Optional.empty(), Optional.empty());
    }
    Layer layer = new Layer(blob, Digest.of(Digest.Algorithm.SHA256, hash.digest()));
    List<LayerIndex.Item> items = new ArrayList<>(written.size());
    for (Written w : written) {
      items.add(
          new LayerIndex.Item(
              w.entry,
              w.digest.isPresent() ? new LayerContent(layer, items.size(), w.digest.get()) : null));
    }
    return new LayerIndex(layer, items);
  }

  private record Written(TarEntry entry, Optional<Digest> digest) {}

  private List<Written> write(TarWriter tar, ContentSpool spool) {
    IdentityHashMap<Node, RawPath> first = new IdentityHashMap<>();
    List<Written> written = new ArrayList<>(entries.size());
    for (Map.Entry<RawPath, Node> e : entries.entrySet()) {
      Node node = e.getValue();
      Content content = node.content();
      TarEntry entry = node.about().bare(e.getKey());
      if (content == null) {
        tar.entry(entry);
        written.add(new Written(entry, Optional.empty()));
        continue;
      }
      RawPath other = first.putIfAbsent(node, e.getKey());
      if (other != null) {
        TarEntry link =
            TarEntry.builder(e.getKey(), TarEntry.Type.HARDLINK)
                .mode(entry.mode())
                .owner(entry.uid(), entry.gid())
                .mtime(entry.mtimeSeconds(), 0)
                .linkName(other)
                .build();
        tar.entry(link);
        written.add(new Written(link, Optional.empty()));
        continue;
      }
      copy(tar, entry, content, spool);
      written.add(new Written(entry, Optional.of(content.digest())));
    }
    return written;
  }

  /** What goes into the layer must be what the cache was asked about. */
  private static void copy(TarWriter tar, TarEntry entry, Content content, ContentSpool spool) {
    try (InputStream in = spool.open(content)) {
      if (content instanceof LayerContent) {
        tar.entry(entry, in);
        return;
      }
      HashingInputStream hashed = new HashingInputStream(in, Digest.Algorithm.SHA256);
      boolean same;
      try {
        tar.entry(entry, hashed);
        same = hashed.digest().equals(content.digest());
      } catch (InvalidException e) {
        throw changed(entry, e);
      }
      if (!same) {
        throw changed(entry, null);
      }
    } catch (IOException e) {
      throw new SystemException(entry.name().toString(), e);
    }
  }

  private static ConflictException changed(TarEntry entry, @Nullable InvalidException cause) {
    String why = "changed while it was copied";
    String remedy = "build again when nothing writes to the build context";
    return cause == null
        ? new ConflictException("/" + entry.name(), why, remedy)
        : new ConflictException("/" + entry.name(), why, remedy, cause);
  }
}

package dev.phyllo.engine;

import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.StackNode;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.SystemException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes a stack of layers as one: what is seen of them, and nothing of what is hidden. The blobs
 * are read twice, first to know what is seen, then to copy it; nothing is unpacked.
 *
 * <p>Entries stay in the order in which their layers have them, so files are copied as they come
 * by. A hard link to a file that is hidden itself becomes the file.
 */
final class Flattening {
  private final Phyllo engine;
  private final ImageView view;
  private final TarWriter out;

  /** For each file that seen hard links lead to: those links, in the order of the walk. */
  private final Map<Source, List<StackNode>> links = new HashMap<>();

  /** What a layer has at a path. */
  private record Source(RawPath path, int layer) {}

  private Flattening(Phyllo engine, ImageView view, TarWriter out) {
    this.engine = engine;
    this.view = view;
    this.out = out;
  }

  /** Writes the tree; the archive's end is left to the caller. */
  static void write(Phyllo engine, ImageView view, TarWriter out) {
    Flattening flattening = new Flattening(engine, view, out);
    flattening.collectLinks(view.stack().root());
    flattening.impliedDirectories(view.stack().root());
    for (int i = 0; i < view.layers().size(); i++) {
      flattening.copy(i, view.layers().get(i).blob().orElseThrow());
    }
  }

  /** A directory that no layer has an entry for is made as unpacking makes it. */
  private void impliedDirectories(StackNode node) {
    for (StackNode child : node.visibleChildren()) {
      StackNode.Version seen = Objects.requireNonNull(child.visible());
      if (seen.isDirectory()) {
        if (seen.entry() == null) {
          out.entry(TarEntry.builder(child.path(), TarEntry.Type.DIRECTORY).build());
        }
        impliedDirectories(child);
      }
    }
  }

  private void collectLinks(StackNode node) {
    for (StackNode child : node.visibleChildren()) {
      StackNode.Version seen = Objects.requireNonNull(child.visible());
      TarEntry entry = seen.entry();
      if (entry != null && entry.type() == TarEntry.Type.HARDLINK) {
        Source source = source(entry, seen.layer());
        if (source != null) {
          links.computeIfAbsent(source, _ -> new ArrayList<>()).add(child);
        }
      }
      collectLinks(child);
    }
  }

  /**
   * The entry that a hard link of a layer leads to; null if there is none, as in a broken image.
   */
  private @org.jspecify.annotations.Nullable Source source(TarEntry link, int layer) {
    TarEntry at = link;
    for (int hops = 0; hops < 40; hops++) {
      var found = view.stack().find(at.linkName().clean());
      if (found == null) {
        return null;
      }
      StackNode.Version version = null;
      for (StackNode.Version v : found.node().versions()) {
        if (v.layer() <= layer && v.entry() != null) {
          version = v;
        }
      }
      TarEntry entry = version == null ? null : version.entry();
      if (version == null || entry == null) {
        return null;
      }
      if (entry.type() != TarEntry.Type.HARDLINK) {
        return new Source(found.node().path(), version.layer());
      }
      at = entry;
    }
    return null;
  }

  private void copy(int layer, Descriptor blob) {
    String thing = blob.digest().toString();
    try (InputStream in = engine.content().open(blob.digest());
        LayerReader reader = LayerReader.open(in, engine.options().layerLimits(), thing)) {
      TarReader tar = reader.tar();
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        copy(layer, entry, tar);
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  private void copy(int layer, TarEntry entry, TarReader tar) {
    if (entry.type() == TarEntry.Type.HARDLINK) {
      return; // written with the file it is another name of
    }
    StackNode node = view.stack().nodeOf(layer, entry);
    if (node == null) {
      return; // a whiteout, or replaced in its own layer
    }
    StackNode.Version seen = node.visible();
    boolean visible = seen != null && seen.layer() == layer;
    List<StackNode> names = new ArrayList<>();
    if (visible) {
      names.add(node);
    }
    names.addAll(links.getOrDefault(new Source(node.path(), layer), List.of()));
    if (names.isEmpty()) {
      return;
    }
    RawPath first = names.getFirst().path();
    out.entry(entry.withName(first.isEmpty() ? RawPath.of("./") : first), tar.content());
    for (StackNode name : names.subList(1, names.size())) {
      out.entry(
          TarEntry.builder(name.path(), TarEntry.Type.HARDLINK)
              .mode(entry.mode())
              .owner(entry.uid(), entry.gid())
              .mtime(entry.mtimeSeconds(), entry.mtimeNanos())
              .linkName(first)
              .build());
    }
  }
}

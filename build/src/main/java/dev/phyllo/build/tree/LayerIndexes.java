package dev.phyllo.build.tree;

import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Digest;
import dev.phyllo.store.ContentStore;
import dev.phyllo.store.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The indexes of layers, each made once: kept in memory, and on disk below a directory of the
 * cache, by diffID. A file that is damaged or missing is made again.
 */
public final class LayerIndexes {
  private final ContentStore content;
  private final Path directory;
  private final TarLimits limits;
  private final Map<Digest, LayerIndex> known = new HashMap<>();

  /**
   * Indexes of the layers of a store.
   *
   * @param directory where they are kept
   */
  public LayerIndexes(ContentStore content, Path directory, TarLimits limits) {
    this.content = content;
    this.directory = directory;
    this.limits = limits;
  }

  /** The index of a layer. */
  public LayerIndex of(Layer layer) {
    synchronized (known) {
      LayerIndex index = known.get(layer.diffId());
      if (index != null) {
        return index;
      }
    }
    LayerIndex index = load(layer);
    if (index == null) {
      index = LayerIndex.read(content, layer, limits);
      save(index);
    }
    synchronized (known) {
      known.put(layer.diffId(), index);
    }
    return index;
  }

  /** Keeps the index of a layer that was just written. */
  public void add(LayerIndex index) {
    synchronized (known) {
      known.put(index.layer().diffId(), index);
    }
    save(index);
  }

  /** The tree that layers make together, base first. */
  public FileTree tree(List<Layer> layers) {
    FileTree tree = FileTree.empty();
    for (Layer layer : layers) {
      tree.apply(of(layer));
    }
    return tree;
  }

  private void save(LayerIndex index) {
    DurableFiles.createDirectories(directory);
    DurableFiles.replace(file(index.layer()), IndexFile.write(index), false);
  }

  private @Nullable LayerIndex load(Layer layer) {
    try {
      return IndexFile.read(Files.readAllBytes(file(layer)), layer);
    } catch (IOException _) {
      return null; // There is none, or it is damaged.
    }
  }

  private Path file(Layer layer) {
    return directory.resolve(layer.diffId().hex());
  }
}

package dev.phyllo.build.tree;

import dev.phyllo.layers.LayerReader;
import dev.phyllo.layers.RawPath;
import dev.phyllo.layers.TarEntry;
import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Digest;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a layer without their contents, but with the digest of each: enough to say what is
 * where, and whether two files are the same.
 *
 * @param layer the layer
 * @param items its entries, in order
 */
public record LayerIndex(Layer layer, List<Item> items) {
  private static final int BUFFER = 64 << 10;

  /**
   * An entry.
   *
   * @param entry the entry itself
   * @param content what the file holds; null for what is no file
   */
  public record Item(TarEntry entry, @Nullable Content content) {
    Node node() {
      if (content != null) {
        return Node.file(entry, content);
      }
      return entry.type() == TarEntry.Type.DIRECTORY ? Node.directory(entry) : Node.other(entry);
    }
  }

  /** Keeps a copy. */
  public LayerIndex {
    items = List.copyOf(items);
  }

  /**
   * Reads a layer from the store to its end.
   *
   * @throws CorruptException if it is not the layer its diffID says
   */
  public static LayerIndex read(ContentStore content, Layer layer, TarLimits limits) {
    String thing = layer.blob().digest().toString();
    List<Item> items = new ArrayList<>();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = content.open(layer.blob().digest());
        LayerReader reader = LayerReader.open(in, limits, thing)) {
      for (TarEntry e = reader.tar().next(); e != null; e = reader.tar().next()) {
        if (e.type() == TarEntry.Type.FILE) {
          Digest digest = hash(reader, e, buffer);
          items.add(new Item(e, new LayerContent(layer, items.size(), digest)));
        } else {
          items.add(new Item(e, null));
        }
      }
      Digest diffId = reader.finish();
      if (!diffId.equals(layer.diffId())) {
        throw new CorruptException(
            thing,
            "the layer's archive is " + diffId + ", its config says " + layer.diffId(),
            "load or pull the image again");
      }
    } catch (IOException e) {
      throw new dev.phyllo.oci.SystemException(thing, e);
    }
    return new LayerIndex(layer, items);
  }

  /** Of a sparse file what is stored, and where: a hole may be longer than any disk. */
  private static Digest hash(LayerReader reader, TarEntry e, byte[] buffer) {
    MessageDigest hash = Digest.Algorithm.SHA256.newMessageDigest();
    if (e.isSparse()) {
      hash.update((e.size() + " " + e.extents()).getBytes(StandardCharsets.UTF_8));
    }
    for (int n = reader.tar().read(buffer, 0, BUFFER);
        n >= 0;
        n = reader.tar().read(buffer, 0, BUFFER)) {
      hash.update(buffer, 0, n);
    }
    return Digest.of(Digest.Algorithm.SHA256, hash.digest());
  }

  /** The clean path of an entry. */
  public static RawPath path(TarEntry entry) {
    return entry.name().clean();
  }
}

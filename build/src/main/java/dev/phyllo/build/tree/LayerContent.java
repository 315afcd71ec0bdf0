package dev.phyllo.build.tree;

import dev.phyllo.oci.Digest;
import java.io.InputStream;

/**
 * A file of a layer. Layers are compressed streams, so that many files of one are read together:
 * {@link ContentSpool} does.
 *
 * @param layer the layer
 * @param ordinal which entry of its archive holds the content, from 0
 * @param digest the content's digest
 */
public record LayerContent(Layer layer, int ordinal, Digest digest) implements Content {
  @Override
  public InputStream open() {
    throw new IllegalStateException("read through a ContentSpool");
  }
}

package dev.phyllo.engine;

import dev.phyllo.layers.LayerStack;
import java.util.List;

/**
 * The merged tree of an image, or of a container, that knows which layer each part comes from.
 *
 * @param name what was asked for
 * @param layers the layers that have files, base first: number N in the stack is the Nth of them
 * @param container whether there is one more on top, the container's own
 * @param stack the tree
 */
public record ImageView(String name, List<LayerInfo> layers, boolean container, LayerStack stack) {
  /** Keeps a copy. */
  public ImageView {
    layers = List.copyOf(layers);
  }

  /** Whether this number of the stack is the container's own layer. */
  public boolean isContainers(int layer) {
    return layer >= layers.size();
  }
}

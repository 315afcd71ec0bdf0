package dev.phyllo.snapshots;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.store.ContentStore;
import java.io.InputStream;

/**
 * Where the blobs of an image's layers come from while it is unpacked. They may still be on their
 * way: then opening waits, and the layers that are there are unpacked meanwhile.
 */
public interface LayerBlobs {
  /**
   * Waits until a layer's blob is there.
   *
   * @throws dev.phyllo.oci.PhylloException if it will never be
   */
  void await(Descriptor layer);

  /**
   * Opens a layer's blob, which is whole and verified, when it is there.
   *
   * @throws dev.phyllo.oci.PhylloException if it will never be
   */
  InputStream open(Descriptor layer);

  /** Called when every layer is unpacked, before anything says so: makes the blobs durable. */
  void settle();

  /** The blobs of a store, where they are all there. */
  static LayerBlobs of(ContentStore content) {
    return new LayerBlobs() {
      @Override
      public void await(Descriptor layer) {
        // Nothing is on its way.
      }

      @Override
      public InputStream open(Descriptor layer) {
        return content.open(layer.digest());
      }

      @Override
      public void settle() {
        // What is in the store is durable.
      }
    };
  }
}

package dev.phyllo.store;

import dev.phyllo.oci.Reference;
import dev.phyllo.oci.StepListener;
import java.util.List;
import java.util.Optional;

/** Skeleton. */
public final class ImageStore {
  /** Image names of a namespace. */
  public ImageStore(NamespaceDirs dirs, Locks locks, StepListener steps) {}

  /** All images by name. */
  public List<Image> list() {
    throw new UnsupportedOperationException();
  }

  /** The image of this name. */
  public Optional<Image> find(Reference reference) {
    throw new UnsupportedOperationException();
  }

  /** Names images: one atomic replace of index.json. */
  public void put(List<Image> images) {
    throw new UnsupportedOperationException();
  }

  /** Removes a name. */
  public boolean remove(String name) {
    throw new UnsupportedOperationException();
  }
}

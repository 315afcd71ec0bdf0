package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Reference;
import java.util.List;

/**
 * An image to save: the mirror of {@link LoadedImage}.
 *
 * @param names the names it is saved under; without any it can only be found by its digest
 * @param target its manifest or index, whose content is in the store
 */
public record SavedImage(List<Reference> names, Descriptor target) {

  /** Keeps a copy. */
  public SavedImage {
    names = List.copyOf(names);
  }
}

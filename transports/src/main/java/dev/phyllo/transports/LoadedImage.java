package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Reference;
import java.util.List;
import java.util.Optional;

/**
 * An image whose content is in the store, verified, and which nothing names yet.
 *
 * @param names the names the source gives it, normalised, in the source's order without repetition;
 *     empty where the source names it not at all, or only by a tag and no base name was given
 * @param target its manifest; its index where all platforms were asked for and it has one; with a
 *     platform where one is known, without annotations
 * @param refName what the source calls an image without names, for messages: often only a tag
 */
public record LoadedImage(List<Reference> names, Descriptor target, Optional<String> refName) {

  /** Keeps a copy. */
  public LoadedImage {
    names = List.copyOf(names);
  }
}

package dev.phyllo.store;

import dev.phyllo.oci.Descriptor;

/**
 * An image's name and what it stands for.
 *
 * @param name the canonical reference, such as {@code docker.io/library/busybox:latest}; empty for
 *     an image without a name, which only its digest finds
 * @param target the manifest or index, without the annotations that hold the name
 */
public record Image(String name, Descriptor target) {

  /** An image that has no name and is kept all the same. */
  public static Image unnamed(Descriptor target) {
    return new Image("", target);
  }

  /** Whether it has a name. */
  public boolean isNamed() {
    return !name.isEmpty();
  }
}

package dev.phyllo.build.containerfile;

import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;

/** Tells names of images from what cannot be one. */
final class ImageNames {
  private ImageNames() {}

  /** Whether it may be an image's name, {@code scratch}, or a stage's. */
  static boolean isPlausible(String name) {
    try {
      Reference.parse(name);
      return true;
    } catch (PhylloException _) {
      return false;
    }
  }
}

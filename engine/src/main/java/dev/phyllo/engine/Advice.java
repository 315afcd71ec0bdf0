package dev.phyllo.engine;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.InvalidException;
import java.util.function.Supplier;

/**
 * What a reader can do about input that is not what it should be. The parsers say what is wrong and
 * where; what helps depends on where it came from, and is said here, once for each origin.
 */
final class Advice {
  /** An archive or a layout. */
  static final String FILE =
      "save it again where it comes from, or repack it: skopeo copy OLD oci-archive:NEW";

  /** A registry, and the images in it. */
  static final String REGISTRY =
      "try again; if it stays so, tell who publishes the image or runs the registry";

  /** An image in the store, which is whole, or it would not be there. */
  static final String STORED =
      "the image was made so: load or pull another build of it, or make it again";

  /** The archive of a tree. */
  static final String TREE = "make the archive again, for instance with tar(1)";

  private Advice() {}

  /** Does something with input, and adds the advice to an error that has none. */
  static <T> T orElse(String advice, Supplier<T> work) {
    try {
      return work.get();
    } catch (InvalidException | CorruptException e) {
      e.advise(advice);
      throw e;
    }
  }
}

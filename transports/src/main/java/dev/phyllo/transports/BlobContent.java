package dev.phyllo.transports;

import java.io.InputStream;

/** Where the bytes of a blob come from, perhaps more than once. */
@FunctionalInterface
public interface BlobContent {
  /**
   * Opens them.
   *
   * @param offset the first byte wanted
   */
  InputStream open(long offset);
}

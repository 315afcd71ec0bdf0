package dev.phyllo.transports.registry;

import java.io.InputStream;

/** Where the bytes of a blob come from when they are uploaded, perhaps more than once. */
@FunctionalInterface
public interface BlobContent {
  /** Opens them from an offset on. */
  InputStream open(long offset);
}

package dev.phyllo.transports;

import dev.phyllo.oci.StepListener;
import dev.phyllo.store.ContentStore;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/** Takes images out of archives and directories into a content store. */
public final class ImageLoader {

  /** A loader into this store. */
  public ImageLoader(ContentStore content, StepListener steps) {}

  /** Loads a file or directory. */
  public List<LoadedImage> load(Path source, LoadOptions options) {
    throw new UnsupportedOperationException();
  }

  /** Loads a stream, read once from start to end and not closed. */
  public List<LoadedImage> load(InputStream archive, String thing, LoadOptions options) {
    throw new UnsupportedOperationException();
  }
}

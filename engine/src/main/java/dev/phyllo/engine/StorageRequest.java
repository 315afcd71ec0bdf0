package dev.phyllo.engine;

import dev.phyllo.containers.StorageSpec;
import dev.phyllo.containers.Volume;
import java.util.ArrayList;
import java.util.List;

/** Which files beyond the image's the caller of {@code run} wants inside. */
public final class StorageRequest {
  private final List<Volume> volumes = new ArrayList<>();
  private boolean readOnlyRoot;

  StorageRequest() {}

  /** A directory or file of the host inside. */
  public StorageRequest volume(Volume volume) {
    volumes.add(volume);
    return this;
  }

  /** Mounts the root read-only. */
  public StorageRequest readOnlyRoot(boolean yes) {
    readOnlyRoot = yes;
    return this;
  }

  StorageSpec spec() {
    return new StorageSpec(readOnlyRoot, volumes);
  }
}

package dev.phyllo.cli;

import dev.phyllo.containers.Volume;
import dev.phyllo.engine.StorageRequest;

/** The options of {@code run} and {@code create} that bring files into a container. */
final class StorageOptions {
  private StorageOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .value("v", "volume", "SRC:DST[:ro]", "Show a directory or file of this machine inside")
        .flag(null, "read-only", "Mount the root read-only");
  }

  static void apply(Arguments arguments, StorageRequest request) {
    request.readOnlyRoot(arguments.has("read-only"));
    for (String volume : arguments.values("volume")) {
      request.volume(Volume.parse(volume));
    }
  }
}

package dev.phyllo.cli;

import dev.phyllo.containers.RootDirectory;
import dev.phyllo.containers.Volume;
import dev.phyllo.engine.StorageRequest;
import java.nio.file.Path;

/** The options of {@code run} and {@code create} that bring files into a container. */
final class StorageOptions {
  private StorageOptions() {}

  static void declare(Syntax syntax) {
    syntax
        .value(
            "v",
            "volume",
            "[SRC:]DST[:OPTIONS]",
            "Show a directory, a file or a volume inside; ro, rslave, rshared, nocopy, idmap")
        .value(
            null, "mount", "type=T,src=S,dst=D", "The same, or a tmpfs, word by word as docker's")
        .value(null, "tmpfs", "DST[:OPTIONS]", "Memory as a directory; size=64m, mode=1777, exec")
        .value(null, "volumes-from", "CONTAINER[:ro]", "What appears in another container")
        .value(
            null,
            "rootfs",
            "DIR[:O]",
            "Run in this directory instead of an image; with O it stays as it is")
        .flag(null, "read-only", "Mount the root read-only");
  }

  static void apply(Arguments arguments, StorageRequest request) {
    request.readOnlyRoot(arguments.has("read-only"));
    for (String volume : arguments.values("volume")) {
      request.volume(Volume.parse(absolute(volume)));
    }
    for (String mount : arguments.values("mount")) {
      request.volume(Volume.parseMount(mount));
    }
    for (String tmpfs : arguments.values("tmpfs")) {
      request.volume(Volume.parseTmpfs(tmpfs));
    }
    if (arguments.has("rootfs")) {
      request.root(RootDirectory.parse(arguments.value("rootfs").orElseThrow()));
    }
    for (String lender : arguments.values("volumes-from")) {
      request.volumesFrom(lender);
    }
  }

  /** A source that begins with a dot is a path from here, as with docker. */
  private static String absolute(String volume) {
    int colon = volume.indexOf(':');
    if (!volume.startsWith(".") || colon < 0) {
      return volume;
    }
    return Path.of(volume.substring(0, colon)).toAbsolutePath().normalize()
        + volume.substring(colon);
  }
}

package dev.phyllo.snapshots;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Mounts;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.linux.Xattrs;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.store.DurableFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Tries whether overlayfs works for this process on the file system of a directory: mounted by root
 * of a user namespace since Linux 5.11, and only where that has {@code user.*} attributes and can
 * be an upper layer.
 */
public final class OverlayProbe {
  private OverlayProbe() {}

  /**
   * Why snapshots cannot be overlays here, or empty if they can. A mount is made and dropped; it is
   * never attached anywhere.
   *
   * @param directory an existing one; something is made in it and removed again
   */
  public static Optional<String> obstacle(Path directory) {
    Path place = directory.resolve(".overlay-probe-" + ProcessHandle.current().pid());
    Path lower = place.resolve("lower");
    Path upper = place.resolve("upper");
    Path work = place.resolve("work");
    try {
      for (Path made : List.of(place, lower, upper, work)) {
        DurableFiles.createDirectories(made);
      }
      boolean nested = UserNamespace.current().isNested();
      String prefix = nested ? "user.overlay." : "trusted.overlay.";
      try (Fd top = FileCalls.open(upper.toString(), Open.RDONLY | Open.DIRECTORY)) {
        Xattrs.set(top, Trees.bytes(prefix + "opaque"), Trees.bytes("n"), 0);
        FileCalls.mknodat(top, Trees.bytes("whiteout"), Stat.CHARACTER_DEVICE, 0);
      }
      List<byte[]> lowers = List.of(Trees.bytes(lower.toString()));
      try (Fd merged =
          Mounts.overlay(
              lowers,
              Trees.bytes(upper.toString()),
              Trees.bytes(work.toString()),
              nested ? List.of("userxattr") : List.of(),
              false)) {
        // Some file systems can only be lower layers: then it is mounted, but read-only.
        FileCalls.mkdirat(merged, Trees.bytes("written"), 0700);
      }
      return Optional.empty();
    } catch (PhylloException e) {
      return Optional.of(e.why());
    } finally {
      Trees.remove(place);
    }
  }
}

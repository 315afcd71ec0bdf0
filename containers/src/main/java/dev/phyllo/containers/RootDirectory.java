package dev.phyllo.containers;

import dev.phyllo.linux.Fd;
import dev.phyllo.linux.FileCalls;
import dev.phyllo.linux.Open;
import dev.phyllo.linux.Stat;
import dev.phyllo.linux.UserNamespace;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import dev.phyllo.snapshots.Mount;
import dev.phyllo.snapshots.Snapshotter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A directory of the host that is a container's root instead of an image. It is the user's and
 * stays when the container goes.
 *
 * @param path absolute, without links
 * @param overlay whether what the container changes goes into a layer of its own, and the directory
 *     stays as it is
 */
public record RootDirectory(String path, boolean overlay) {
  private static final String OVERLAY = ":O";

  /**
   * Reads {@code DIR} or {@code DIR:O}.
   *
   * @throws UsageException if it is no directory
   */
  public static RootDirectory parse(String text) {
    boolean overlay = text.endsWith(OVERLAY);
    String path = overlay ? text.substring(0, text.length() - OVERLAY.length()) : text;
    if (path.isEmpty() || !Files.isDirectory(Path.of(path))) {
      throw new UsageException(
          "--rootfs " + text, "not a directory", "name one that holds a whole root, or DIR:O");
    }
    try {
      return new RootDirectory(Path.of(path).toRealPath().toString(), overlay);
    } catch (IOException e) {
      throw new SystemException(path, e);
    }
  }

  /** How it is made visible. */
  List<Mount> mounts(Container c, Snapshotter snapshotter) {
    Path directory = Path.of(path);
    if (!Files.isDirectory(directory)) {
      throw new NotFoundException(
          path, "the container's root is no longer there", "put it back, or remove the container");
    }
    if (!overlay) {
      return List.of(Mount.bind(directory, false));
    }
    boolean there = snapshotter.find(c.id()).isPresent();
    Map<String, String> labels = Map.of("phyllo.container", c.name());
    List<Mount> own =
        there
            ? snapshotter.mounts(c.id())
            : snapshotter.prepare(c.id(), Optional.empty(), labels, !c.ephemeral());
    Path upper = Path.of(own.getFirst().source());
    Path work = upper.resolveSibling("work");
    if (!Files.isDirectory(work)) {
      throw new UnsupportedException(
          "--rootfs " + path + OVERLAY, "needs overlays", "use --snapshotter overlayfs");
    }
    if (!there) {
      try (Fd from = FileCalls.open(path, Open.RDONLY | Open.DIRECTORY);
          Fd to = FileCalls.open(upper.toString(), Open.RDONLY | Open.DIRECTORY)) {
        Stat stat = FileCalls.statx(from);
        FileCalls.fchmod(to, stat.permissions());
        int _ = FileCalls.tryFchown(to, stat.uid(), stat.gid()); // who is nobody here stays so
      }
    }
    List<String> more = UserNamespace.current().isNested() ? List.of("userxattr") : List.of();
    return List.of(Mount.overlay(List.of(directory), upper, work, more));
  }

  /** As it was given. */
  @Override
  public String toString() {
    return overlay ? path + OVERLAY : path;
  }

  static RootDirectory fromJson(JsonObject o) {
    return new RootDirectory(o.requireString("path"), o.bool("overlay").orElse(false));
  }

  Json.Obj toJson() {
    return new JsonBuilder().put("path", path).put("overlay", overlay).build();
  }
}

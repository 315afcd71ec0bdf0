package dev.phyllo.engine;

import dev.phyllo.layers.Compression;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A directory that is to become a layer.
 *
 * @param directory the tree
 * @param output the file to write, replaced when the layer is whole
 * @param compression how to compress it
 * @param time the modification time of every entry, in seconds since 1970; empty to keep each
 * @param owner the owner of every entry; empty to keep each
 */
public record LayerRequest(
    Path directory,
    Path output,
    Compression compression,
    Optional<Long> time,
    Optional<Owner> owner) {

  /** A user and a group by number. */
  public record Owner(long uid, long gid) {}

  /** Root's, at the beginning of 1970, compressed as the file's name says. */
  public static LayerRequest of(Path directory, Path output) {
    return new LayerRequest(
        directory, output, compressionOf(output), Optional.of(0L), Optional.of(new Owner(0, 0)));
  }

  /** How a file of this name is compressed: {@code .gz}, {@code .tgz} and {@code .zst} say it. */
  public static Compression compressionOf(Path file) {
    String name = file.toString();
    if (name.endsWith(".gz") || name.endsWith(".tgz")) {
      return Compression.GZIP;
    }
    return name.endsWith(".zst") ? Compression.ZSTD : Compression.NONE;
  }
}

package dev.phyllo.engine;

import dev.phyllo.oci.Platform;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What to load.
 *
 * @param source an archive, compressed or not, or an OCI layout directory; null to read {@code in}
 * @param in a stream of an archive; null when there is a source
 * @param baseName a name for images that carry only a tag, as ctr's {@code --base-name}
 * @param platform which image of an index to take, and what a single image must be for; without it,
 *     this machine's of an index, and a single image whatever it is for
 * @param allPlatforms whether to keep the images of an index for other platforms too
 * @param unpack whether to unpack the layers into snapshots
 */
public record LoadRequest(
    @Nullable Path source,
    @Nullable InputStream in,
    Optional<String> baseName,
    Optional<Platform> platform,
    boolean allPlatforms,
    boolean unpack) {

  /** A file or directory, unpacked for this machine. */
  public static LoadRequest of(Path source) {
    return new LoadRequest(source, null, Optional.empty(), Optional.empty(), false, true);
  }

  /** A stream, unpacked for this machine. */
  public static LoadRequest of(InputStream in) {
    return new LoadRequest(null, in, Optional.empty(), Optional.empty(), false, true);
  }

  /** The same with a base name. */
  public LoadRequest withBaseName(String name) {
    return new LoadRequest(source, in, Optional.of(name), platform, allPlatforms, unpack);
  }

  /** The same for this platform. */
  public LoadRequest withPlatform(Platform wanted) {
    return new LoadRequest(source, in, baseName, Optional.of(wanted), allPlatforms, unpack);
  }

  /** The same with every platform of an index kept. */
  public LoadRequest withAllPlatforms(boolean all) {
    return new LoadRequest(source, in, baseName, platform, all, unpack);
  }

  /** The same, kept packed. */
  public LoadRequest withoutUnpacking() {
    return new LoadRequest(source, in, baseName, platform, allPlatforms, false);
  }
}

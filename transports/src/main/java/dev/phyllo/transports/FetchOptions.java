package dev.phyllo.transports;

import dev.phyllo.oci.Platform;
import java.util.Optional;

/**
 * What {@link ImageFetch} brings.
 *
 * @param platform the platform wanted of an index; without it, this machine's
 * @param allPlatforms whether to bring the images of all platforms
 * @param parallel how many blobs are brought at once
 * @param limits how much a source may ask of this machine
 */
public record FetchOptions(
    Optional<Platform> platform, boolean allPlatforms, int parallel, LoadLimits limits) {

  /** This machine's platform, four blobs at once. */
  public static final FetchOptions DEFAULT =
      new FetchOptions(Optional.empty(), false, 4, LoadLimits.DEFAULT);

  /** Brings at least one blob at once. */
  public FetchOptions {
    parallel = Math.max(1, parallel);
  }

  /** The same for a platform. */
  public FetchOptions withPlatform(Optional<Platform> wanted) {
    return new FetchOptions(wanted, allPlatforms, parallel, limits);
  }

  /** The same for all platforms, or not. */
  public FetchOptions withAllPlatforms(boolean all) {
    return new FetchOptions(platform, all, parallel, limits);
  }

  /** The same with so many blobs at once. */
  public FetchOptions withParallel(int count) {
    return new FetchOptions(platform, allPlatforms, count, limits);
  }
}

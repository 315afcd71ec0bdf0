package dev.phyllo.engine;

import dev.phyllo.oci.Platform;
import dev.phyllo.transports.registry.RegistryOptions;
import java.util.Optional;

/**
 * What to pull.
 *
 * @param image its name, as the user writes it
 * @param platform which image of an index to take; without it, this machine's
 * @param allPlatforms whether to keep the index and the images of all its platforms
 * @param unpack whether to unpack the layers into snapshots while they come, where that can be done
 * @param parallel how many blobs are brought at once
 * @param registry how to talk to the registry
 */
public record PullRequest(
    String image,
    Optional<Platform> platform,
    boolean allPlatforms,
    boolean unpack,
    int parallel,
    RegistryOptions registry) {

  /** An image for this machine, unpacked, four blobs at once. */
  public static PullRequest of(String image) {
    return new PullRequest(image, Optional.empty(), false, true, 4, RegistryOptions.DEFAULT);
  }

  /** The same for this platform. */
  public PullRequest withPlatform(Platform wanted) {
    return new PullRequest(image, Optional.of(wanted), allPlatforms, unpack, parallel, registry);
  }

  /** The same for all platforms, or not. */
  public PullRequest withAllPlatforms(boolean all) {
    return new PullRequest(image, platform, all, unpack, parallel, registry);
  }

  /** The same, kept packed. */
  public PullRequest withoutUnpacking() {
    return new PullRequest(image, platform, allPlatforms, false, parallel, registry);
  }

  /** The same with so many blobs at once. */
  public PullRequest withParallel(int count) {
    return new PullRequest(image, platform, allPlatforms, unpack, count, registry);
  }

  /** The same, talking to the registry in this way. */
  public PullRequest withRegistry(RegistryOptions options) {
    return new PullRequest(image, platform, allPlatforms, unpack, parallel, options);
  }
}

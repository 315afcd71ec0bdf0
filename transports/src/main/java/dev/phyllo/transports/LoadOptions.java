package dev.phyllo.transports;

import dev.phyllo.oci.Platform;
import java.util.Optional;

/**
 * What {@link ImageLoader#load} should take from an archive, and under which names.
 *
 * @param baseName the repository under which images are named whose own name is only a tag, as
 *     {@code ctr images import --base-name}; with it, images of other repositories are left out
 * @param platform the platform to take where an image offers several; without it, this machine's
 * @param allPlatforms whether to keep every platform; {@code platform} is then not looked at
 * @param verifyDiffIds whether to decompress every layer and compare it with the diffID of the
 *     image config now; not needed when the image is unpacked next, which checks the same
 * @param limits how much a source may ask of this machine
 */
public record LoadOptions(
    Optional<String> baseName,
    Optional<Platform> platform,
    boolean allPlatforms,
    boolean verifyDiffIds,
    LoadLimits limits) {

  /** Names as the archive has them, this machine's platform, every diffID verified. */
  public static final LoadOptions DEFAULT =
      new LoadOptions(Optional.empty(), Optional.empty(), false, true, LoadLimits.DEFAULT);

  /** The same with a base name. */
  public LoadOptions withBaseName(String name) {
    return new LoadOptions(Optional.of(name), platform, allPlatforms, verifyDiffIds, limits);
  }

  /** The same for a platform. */
  public LoadOptions withPlatform(Platform wanted) {
    return new LoadOptions(baseName, Optional.of(wanted), allPlatforms, verifyDiffIds, limits);
  }

  /** The same with every platform kept, or not. */
  public LoadOptions withAllPlatforms(boolean all) {
    return new LoadOptions(baseName, platform, all, verifyDiffIds, limits);
  }

  /** The same with layers decompressed and compared with their diffIDs, or left to the unpacker. */
  public LoadOptions withVerifyDiffIds(boolean verify) {
    return new LoadOptions(baseName, platform, allPlatforms, verify, limits);
  }

  /** The same within other limits. */
  public LoadOptions withLimits(LoadLimits newLimits) {
    return new LoadOptions(baseName, platform, allPlatforms, verifyDiffIds, newLimits);
  }
}

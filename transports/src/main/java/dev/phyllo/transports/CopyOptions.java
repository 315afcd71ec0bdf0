package dev.phyllo.transports;

import dev.phyllo.layers.Compression;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.StepListener;
import java.util.Optional;

/**
 * How {@link ImageCopy} copies. Without a format and a compression every digest stays.
 *
 * @param platform the image to take of an index; without it, this machine's
 * @param all whether to take the whole index instead
 * @param format what the manifests are to be, if they are to be changed
 * @param compression how the layers are to be compressed, if that is to be changed
 * @param referrers whether what refers to the image, signatures above all, is copied too
 * @param parallel how many blobs are sent at once
 * @param steps hears of each blob
 */
public record CopyOptions(
    Optional<Platform> platform,
    boolean all,
    Optional<ManifestFormat> format,
    Optional<Compression> compression,
    boolean referrers,
    int parallel,
    StepListener steps) {

  /** One image, every digest as it is, four blobs at once. */
  public static final CopyOptions DEFAULT =
      new CopyOptions(
          Optional.empty(), false, Optional.empty(), Optional.empty(), false, 6, StepListener.NONE);

  /** The same for a platform. */
  public CopyOptions withPlatform(Optional<Platform> wanted) {
    return new CopyOptions(wanted, all, format, compression, referrers, parallel, steps);
  }

  /** The same of whole indexes, or not. */
  public CopyOptions withAll(boolean whole) {
    return new CopyOptions(platform, whole, format, compression, referrers, parallel, steps);
  }

  /** The same with manifests of this kind. */
  public CopyOptions withFormat(Optional<ManifestFormat> wanted) {
    return new CopyOptions(platform, all, wanted, compression, referrers, parallel, steps);
  }

  /** The same with layers compressed so. */
  public CopyOptions withCompression(Optional<Compression> wanted) {
    return new CopyOptions(platform, all, format, wanted, referrers, parallel, steps);
  }

  /** The same with what refers to the image, or without. */
  public CopyOptions withReferrers(boolean too) {
    return new CopyOptions(platform, all, format, compression, too, parallel, steps);
  }

  /** The same with so many blobs at once. */
  public CopyOptions withParallel(int count) {
    return new CopyOptions(platform, all, format, compression, referrers, count, steps);
  }

  /** The same, telling its steps. */
  public CopyOptions withSteps(StepListener listener) {
    return new CopyOptions(platform, all, format, compression, referrers, parallel, listener);
  }

  boolean isConverting() {
    return format.isPresent() || compression.isPresent();
  }
}

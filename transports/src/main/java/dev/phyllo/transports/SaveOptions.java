package dev.phyllo.transports;

import dev.phyllo.oci.Platform;
import java.util.Optional;

/**
 * How {@link ImageSaver} saves.
 *
 * @param format what is written
 * @param platform the one platform of an index to save; without it, every image of an index that is
 *     in the store is saved and the index stays as it is
 * @param epochSeconds the modification time of every entry of an archive, in seconds since 1970, as
 *     SOURCE_DATE_EPOCH has it
 */
public record SaveOptions(SaveFormat format, Optional<Platform> platform, long epochSeconds) {

  /** This format, every platform, times of 1970. */
  public static SaveOptions of(SaveFormat format) {
    return new SaveOptions(format, Optional.empty(), 0);
  }

  /** The same for one platform only. */
  public SaveOptions withPlatform(Platform only) {
    return new SaveOptions(format, Optional.of(only), epochSeconds);
  }

  /** The same with this time on every entry. */
  public SaveOptions withEpochSeconds(long seconds) {
    return new SaveOptions(format, platform, seconds);
  }
}

package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Platform;
import java.util.Optional;

/** Which image of an index is meant. */
public final class PlatformImage {
  private PlatformImage() {}

  /**
   * The manifest for a platform; the target itself if it is a manifest.
   *
   * @param platform without it, this machine's, or the only image of an index
   * @throws dev.phyllo.oci.UnsupportedException if there is none
   */
  public static Descriptor choose(ImageSource source, Optional<Platform> platform) {
    return new ImageChoice(source, LoadLimits.DEFAULT.maxImages())
        .choose(source.target(), platform);
  }
}

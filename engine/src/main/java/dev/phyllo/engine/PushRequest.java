package dev.phyllo.engine;

import dev.phyllo.oci.Platform;
import dev.phyllo.transports.registry.RegistryOptions;
import java.util.Optional;

/**
 * What to push.
 *
 * @param image its name in the store, or the start of its id
 * @param destination where to, if not to what its name says
 * @param platform the image to push of an index; without it, all of it that is here
 * @param referrers whether what refers to it is pushed too
 * @param registry how to talk to the registry
 */
public record PushRequest(
    String image,
    Optional<String> destination,
    Optional<Platform> platform,
    boolean referrers,
    RegistryOptions registry) {

  /** An image to where its name says. */
  public static PushRequest of(String image) {
    return new PushRequest(
        image, Optional.empty(), Optional.empty(), false, RegistryOptions.DEFAULT);
  }

  /** The same to another name. */
  public PushRequest withDestination(String name) {
    return new PushRequest(image, Optional.of(name), platform, referrers, registry);
  }

  /** The same for this platform. */
  public PushRequest withPlatform(Platform only) {
    return new PushRequest(image, destination, Optional.of(only), referrers, registry);
  }

  /** The same with what refers to it, or without. */
  public PushRequest withReferrers(boolean too) {
    return new PushRequest(image, destination, platform, too, registry);
  }

  /** The same, talking to the registry in this way. */
  public PushRequest withRegistry(RegistryOptions options) {
    return new PushRequest(image, destination, platform, referrers, options);
  }
}

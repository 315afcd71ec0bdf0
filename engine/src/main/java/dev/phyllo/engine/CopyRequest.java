package dev.phyllo.engine;

import dev.phyllo.transports.CopyOptions;
import dev.phyllo.transports.Place;
import dev.phyllo.transports.registry.RegistryOptions;

/**
 * What to copy where.
 *
 * @param from where the image is
 * @param to where it goes
 * @param options how
 * @param fromRegistry how to talk to the registry it comes from, if it does
 * @param toRegistry how to talk to the registry it goes to, if it does
 */
public record CopyRequest(
    Place from,
    Place to,
    CopyOptions options,
    RegistryOptions fromRegistry,
    RegistryOptions toRegistry) {

  /** One image for this machine, every digest as it is. */
  public static CopyRequest of(Place from, Place to) {
    return new CopyRequest(
        from, to, CopyOptions.DEFAULT, RegistryOptions.DEFAULT, RegistryOptions.DEFAULT);
  }

  /** The same with other options. */
  public CopyRequest withOptions(CopyOptions other) {
    return new CopyRequest(from, to, other, fromRegistry, toRegistry);
  }

  /** The same, talking to the registries in this way. */
  public CopyRequest withRegistries(RegistryOptions source, RegistryOptions target) {
    return new CopyRequest(from, to, options, source, target);
  }
}

package dev.phyllo.engine;

import dev.phyllo.oci.Reference;
import dev.phyllo.transports.CopyOptions;
import dev.phyllo.transports.ImageCopy;
import dev.phyllo.transports.ImageDestination;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.Place;

/** Copies images between places; a push is a copy from the store to a registry. */
final class Copying {
  private final Phyllo engine;

  Copying(Phyllo engine) {
    this.engine = engine;
  }

  ImageCopy.Copied copy(CopyRequest request) {
    return Advice.orElse(advice(request.from()), () -> copied(request));
  }

  private static String advice(Place from) {
    return switch (from) {
      case Place.InRegistry _ -> Advice.REGISTRY;
      case Place.InStore _ -> Advice.STORED;
      default -> Advice.FILE;
    };
  }

  private ImageCopy.Copied copied(CopyRequest request) {
    try (Places places = new Places(engine);
        ImageSource from = places.source(request.from(), request.fromRegistry());
        ImageDestination to = places.destination(request.to(), request.toRegistry())) {
      return ImageCopy.copy(from, to, request.options().withSteps(engine.options().steps()));
    }
  }

  ImageCopy.Copied push(PushRequest request) {
    Reference name = Reference.parse(request.destination().orElse(request.image()));
    CopyOptions options =
        CopyOptions.DEFAULT
            .withAll(request.platform().isEmpty())
            .withPlatform(request.platform())
            .withReferrers(request.referrers());
    return copy(
        CopyRequest.of(new Place.InStore(request.image()), new Place.InRegistry(name))
            .withOptions(options)
            .withRegistries(request.registry(), request.registry()));
  }
}

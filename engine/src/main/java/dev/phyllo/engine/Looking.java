package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.Place;
import dev.phyllo.transports.PlatformImage;
import dev.phyllo.transports.registry.RegistryClient;
import dev.phyllo.transports.registry.RegistryOptions;
import dev.phyllo.transports.registry.RegistrySource;
import dev.phyllo.transports.registry.Repository;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** What can be asked of places without copying anything, and what can be deleted there. */
final class Looking {
  private final Phyllo engine;
  private final RegistryOptions options;

  Looking(Phyllo engine, RegistryOptions options) {
    this.engine = engine;
    this.options = options.withSteps(engine.options().steps());
  }

  RemoteImage inspect(Place place, Optional<Platform> platform, boolean withTags) {
    try (Places places = new Places(engine);
        ImageSource source = places.source(place, options)) {
      Descriptor target = source.target();
      byte[] top = source.document(target);
      Descriptor chosen = PlatformImage.choose(source, platform);
      Manifest manifest = Manifest.parse(source.document(chosen), chosen.digest().toString());
      Optional<Json.Obj> config = Optional.empty();
      if (MediaTypes.isConfig(manifest.config().mediaType())) {
        config =
            Optional.of(
                JsonCodec.parseObject(
                        source.document(manifest.config()), manifest.config().digest().toString())
                    .value());
      }
      return new RemoteImage(
          source.name().map(Reference::familiarRepository).orElse(source.thing()),
          target,
          new String(top, StandardCharsets.UTF_8),
          chosen,
          manifest.layers(),
          config,
          withTags ? tags(source) : List.of());
    }
  }

  /** Not every registry lets everybody list; then none are shown, as skopeo does. */
  private static List<String> tags(ImageSource source) {
    if (!(source instanceof RegistrySource registry)) {
      return List.of();
    }
    try {
      return registry.repository().tags();
    } catch (PhylloException _) {
      return List.of();
    }
  }

  List<Verified> verify(Place place) {
    try (Places places = new Places(engine);
        ImageSource source = places.source(place, options)) {
      return new RemoteVerifying(source, engine.options().steps()).verify();
    }
  }

  List<String> tags(Reference repository) {
    try (RegistryClient client = RegistryClient.open(options)) {
      return client.repository(repository).tags();
    }
  }

  List<Descriptor> referrers(Reference image, Optional<String> artifactType) {
    try (RegistryClient client = RegistryClient.open(options)) {
      Repository repository = client.repository(image);
      return repository.referrers(digest(repository, image), artifactType);
    }
  }

  private static Digest digest(Repository repository, Reference image) {
    if (image.digest().isPresent()) {
      return image.digest().get();
    }
    String tag = image.tag().orElse("latest");
    return repository
        .resolve(tag)
        .orElseThrow(() ->
            new NotFoundException(
                image.familiar(),
                "no such image in the registry",
                "phyllo tags REPOSITORY lists what there is"))
        .digest();
  }

  Optional<Digest> delete(Reference image) {
    try (RegistryClient client = RegistryClient.open(options)) {
      return client
          .repository(image)
          .delete(
              image.digest().isPresent()
                  ? image.digest().get().toString()
                  : image.tag().orElse("latest"));
    }
  }

  void checkLogin(String host) {
    try (RegistryClient client = RegistryClient.open(options)) {
      client.checkLogin(host);
    }
  }
}

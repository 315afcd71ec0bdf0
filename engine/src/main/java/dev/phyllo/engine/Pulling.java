package dev.phyllo.engine;

import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.snapshots.LayerBlobs;
import dev.phyllo.snapshots.Unpacker;
import dev.phyllo.store.Image;
import dev.phyllo.store.Lease;
import dev.phyllo.transports.FetchOptions;
import dev.phyllo.transports.ImageFetch;
import dev.phyllo.transports.ImageFetch.Incoming;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.registry.RegistryClient;
import dev.phyllo.transports.registry.RegistrySource;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** Brings an image from a source: blobs and snapshots at the same time, the name last. */
final class Pulling {
  private final Phyllo engine;

  Pulling(Phyllo engine) {
    this.engine = engine;
  }

  Pulled pull(PullRequest request) {
    Reference reference = Reference.parse(request.image());
    return Advice.orElse(Advice.REGISTRY, () -> pull(reference, request));
  }

  private Pulled pull(Reference reference, PullRequest request) {
    try (RegistryClient client =
        RegistryClient.open(request.registry().withSteps(engine.options().steps()))) {
      ImageSource source = new RegistrySource(client, reference);
      Pulled known = new Held(engine).find(source, reference, request);
      return known != null ? known : pull(source, reference, request);
    }
  }

  private Pulled pull(ImageSource source, Reference reference, PullRequest request) {
    FetchOptions options =
        FetchOptions.DEFAULT
            .withPlatform(request.platform())
            .withAllPlatforms(request.allPlatforms())
            .withParallel(request.parallel());
    // Until the name is written nothing but the lease refers to what comes in.
    try (Lease lease = engine.leases().begin();
        ImageFetch fetch =
            ImageFetch.begin(
                source, engine.content().under(lease), options, engine.options().steps())) {
      Incoming image = chosen(fetch.images(), request.platform());
      if (request.unpack() && Phyllo.canRun()) {
        unpack(fetch, image, lease);
      }
      fetch.finish();
      Optional<Image> before = engine.names().find(reference);
      engine.names().put(List.of(new Image(reference.canonical(), fetch.target())));
      return new Pulled(
          reference.canonical(),
          source.target().digest(),
          fetch.target(),
          image.manifest().layers().size(),
          before.isEmpty() || !before.get().target().digest().equals(fetch.target().digest()));
    }
  }

  /** Of several, the one to unpack: this machine's, or the first. */
  private static Incoming chosen(List<Incoming> images, Optional<Platform> wanted) {
    Platform platform = wanted.orElseGet(Platform::host);
    for (Incoming image : images) {
      if (image.config().platform().matches(platform)) {
        return image;
      }
    }
    return images.getFirst();
  }

  private void unpack(ImageFetch fetch, Incoming image, Lease lease) {
    for (Digest chainId : ChainId.of(image.config().diffIds())) {
      lease.protectSnapshot(chainId.toString());
    }
    new Unpacker(
            engine.content(),
            engine.snapshotter(),
            engine.unpackedRecords(),
            engine.locks(),
            engine.options().steps(),
            engine.options().layerLimits())
        .unpack(
            image.descriptor().digest(),
            image.manifest(),
            image.config(),
            new LayerBlobs() {
              @Override
              public void await(Descriptor layer) {
                fetch.await(layer);
              }

              @Override
              public InputStream open(Descriptor layer) {
                return fetch.open(layer);
              }

              @Override
              public void settle() {
                fetch.finish();
              }
            });
  }
}

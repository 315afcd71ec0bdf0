package dev.phyllo.engine;

import dev.phyllo.linux.Linux;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Reference;
import dev.phyllo.store.FileLocker;
import dev.phyllo.store.Image;
import dev.phyllo.store.Lease;
import dev.phyllo.store.NioFileLocker;
import dev.phyllo.transports.ArchiveDestination;
import dev.phyllo.transports.DirectoryDestination;
import dev.phyllo.transports.FilesSource;
import dev.phyllo.transports.ImageDestination;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.LayoutDestination;
import dev.phyllo.transports.Place;
import dev.phyllo.transports.StoreDestination;
import dev.phyllo.transports.StoreSource;
import dev.phyllo.transports.registry.RegistryClient;
import dev.phyllo.transports.registry.RegistryDestination;
import dev.phyllo.transports.registry.RegistryOptions;
import dev.phyllo.transports.registry.RegistrySource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Opens the places that images are copied between, and closes what that took. */
final class Places implements AutoCloseable {
  private final Phyllo engine;
  private final List<RegistryClient> clients = new ArrayList<>();
  private final Map<String, Map<Digest, List<Reference>>> elsewhere =
      new HashMap<>(); // guarded by itself
  private Optional<Lease> lease = Optional.empty();

  Places(Phyllo engine) {
    this.engine = engine;
  }

  ImageSource source(Place place, RegistryOptions registry) {
    return switch (place) {
      case Place.InRegistry r -> new RegistrySource(client(registry), r.reference());
      case Place.InStore s -> stored(s.name());
      case Place.Layout l -> FilesSource.open(l.path(), l.tag());
      case Place.LayoutArchive a -> FilesSource.open(a.path(), a.tag());
      case Place.DockerArchive a -> FilesSource.open(a.path(), a.name());
      case Place.Directory d -> FilesSource.open(d.path(), Optional.empty());
    };
  }

  private ImageSource stored(String nameOrId) {
    Lease held = lease(); // before looking
    Image image = engine.imageReader().find(nameOrId);
    Optional<Reference> name =
        image.isNamed() ? Optional.of(Reference.parse(image.name())) : Optional.empty();
    return new StoreSource(engine.content().under(held), image.target(), name, this::repositories);
  }

  /** Where else in a registry a blob may be: in what was pulled from there and has it too. */
  private List<Reference> repositories(Descriptor blob, String registry) {
    Map<Digest, List<Reference>> all;
    synchronized (elsewhere) {
      all = elsewhere.get(registry);
      if (all == null) {
        all = repositories(registry);
        elsewhere.put(registry, all);
      }
    }
    return all.getOrDefault(blob.digest(), List.of());
  }

  /** The same of every blob, found out once; each repository is named once, by some tag of it. */
  private Map<Digest, List<Reference>> repositories(String registry) {
    Map<Digest, List<Reference>> all = new HashMap<>();
    for (Image image : engine.names().list()) {
      if (!image.isNamed() || !image.name().startsWith(registry + "/")) {
        continue;
      }
      Reference name = Reference.parse(image.name());
      Reach reach = new Reach(engine.content());
      try {
        reach.follow(image.target());
      } catch (CorruptException _) {
        // Another image's damage is not this one's.
      }
      for (Digest digest : reach.blobs()) {
        List<Reference> known = all.computeIfAbsent(digest, _ -> new ArrayList<>());
        boolean named = false;
        for (Reference other : known) {
          named |= other.path().equals(name.path());
        }
        if (!named) {
          known.add(name);
        }
      }
    }
    return all;
  }

  ImageDestination destination(Place place, RegistryOptions registry) {
    FileLocker locker = Linux.isSupported() ? new OfdFileLocker() : NioFileLocker.INSTANCE;
    return switch (place) {
      case Place.InRegistry r -> new RegistryDestination(client(registry), r.reference());
      case Place.InStore s ->
          new StoreDestination(
              engine.content().under(lease()), engine.names(), Reference.parse(s.name()));
      case Place.Layout l ->
          new LayoutDestination(l.path(), l.tag(), locker, engine.options().steps());
      case Place.LayoutArchive a -> new ArchiveDestination(a.path(), a.tag(), false);
      case Place.DockerArchive a -> new ArchiveDestination(a.path(), a.name(), true);
      case Place.Directory d -> new DirectoryDestination(d.path());
    };
  }

  private RegistryClient client(RegistryOptions options) {
    RegistryClient client = RegistryClient.open(options.withSteps(engine.options().steps()));
    clients.add(client);
    return client;
  }

  private Lease lease() {
    if (lease.isEmpty()) {
      lease = Optional.of(engine.leases().begin());
    }
    return lease.get();
  }

  @Override
  public void close() {
    clients.forEach(RegistryClient::close);
    lease.ifPresent(Lease::close);
  }
}

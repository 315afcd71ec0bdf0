package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UsageException;
import dev.phyllo.transports.ImageCopy;
import dev.phyllo.transports.ImageDestination;
import dev.phyllo.transports.ImageSource;
import dev.phyllo.transports.Place;
import dev.phyllo.transports.PlatformImage;
import dev.phyllo.transports.registry.RegistryClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Copies a list of images to a registry or a directory, and on the next call only what has changed
 * since: an image whose digest is the same there costs one question on each side.
 */
final class Syncing {
  private final Phyllo engine;
  private final SyncRequest request;

  Syncing(Phyllo engine, SyncRequest request) {
    this.engine = engine;
    this.request = request;
    if (request.registry().isPresent() == request.directory().isPresent()) {
      throw new UsageException(
          "sync", "neither or both of a registry and a directory", "name one of the two");
    }
  }

  List<Synced> sync(Consumer<Synced> listener) {
    List<Synced> all = new ArrayList<>();
    for (Reference image : images()) {
      Place target = target(image);
      String where =
          switch (target) {
            case Place.InRegistry r -> r.reference().canonical();
            case Place.Layout l -> l.path() + ":" + l.tag().orElse("");
            default -> throw new IllegalStateException("not a target of sync");
          };
      Synced one;
      try {
        one =
            new Synced(
                image.canonical(),
                where,
                one(new Place.InRegistry(image), target),
                Optional.empty());
      } catch (PhylloException e) {
        one =
            new Synced(image.canonical(), where, Synced.Change.FAILED, Optional.of(e.getMessage()));
      }
      all.add(one);
      listener.accept(one);
    }
    return all;
  }

  private List<Reference> images() {
    List<Reference> images = new ArrayList<>();
    for (String text : request.images()) {
      Reference reference = Reference.parse(text);
      boolean whole = text.indexOf('@') < 0 && text.lastIndexOf(':') <= text.lastIndexOf('/');
      if (!whole) {
        images.add(reference);
        continue;
      }
      try (RegistryClient client =
          RegistryClient.open(request.from().withSteps(engine.options().steps()))) {
        for (String tag : client.repository(reference).tags()) {
          images.add(reference.withTag(tag));
        }
      }
    }
    return images;
  }

  /** The same repository below the other registry, or a layout by the whole name. */
  private Place target(Reference image) {
    if (request.registry().isPresent()) {
      String prefix = request.registry().get();
      String suffix =
          image.tag().map(t -> ":" + t).orElseGet(() -> "@" + image.digest().orElseThrow());
      return new Place.InRegistry(
          Reference.parse((prefix.endsWith("/") ? prefix : prefix + "/") + image.path() + suffix));
    }
    Path directory =
        request
            .directory()
            .orElseThrow()
            .resolve(image.domain().replace(':', '_'))
            .resolve(image.path());
    return new Place.Layout(
        directory, Optional.of(image.tag().orElseGet(() -> image.digest().orElseThrow().hex())));
  }

  private Synced.Change one(Place.InRegistry from, Place to) {
    try (Places places = new Places(engine);
        ImageSource source = places.source(from, request.from())) {
      boolean plain =
          request.options().format().isEmpty()
              && request.options().compression().isEmpty()
              && !request.options().referrers();
      if (plain && isThere(places, to, wanted(source))) {
        return Synced.Change.SAME;
      }
      if (to instanceof Place.Layout layout) {
        Path parent = layout.path().toAbsolutePath().getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
      }
      try (ImageDestination destination = places.destination(to, request.to())) {
        ImageCopy.copy(source, destination, request.options().withSteps(engine.options().steps()));
      }
      return Synced.Change.COPIED;
    } catch (IOException e) {
      throw new SystemException(to.toString(), e);
    }
  }

  private Descriptor wanted(ImageSource source) {
    return request.options().all()
        ? source.target()
        : PlatformImage.choose(source, request.options().platform());
  }

  private boolean isThere(Places places, Place to, Descriptor wanted) {
    try {
      try (ImageSource there = places.source(to, request.to())) {
        return there.target().digest().equals(wanted.digest());
      }
    } catch (NotFoundException _) {
      return false;
    }
  }
}

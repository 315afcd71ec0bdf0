package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.containers.EngineMounts;
import dev.phyllo.containers.RootDirectory;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.snapshots.Change;
import dev.phyllo.snapshots.Differ;
import dev.phyllo.snapshots.MountPoints;
import dev.phyllo.snapshots.Snapshotter;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;

/** What changed between containers and images, and a container's whole tree. */
final class Comparing {
  private final Phyllo engine;
  private final Snapshotter snapshots;

  Comparing(Phyllo engine) {
    this.engine = engine;
    this.snapshots = engine.snapshotter();
  }

  /** What a container changed in its image's tree. */
  List<Change> changes(String container) {
    return differ(engine.containers().require(container)).map(Differ::changes).orElse(List.of());
  }

  /** What lies between two trees, each a container's or an image's. */
  List<Change> changes(String before, String after) {
    Optional<String> top = key(after, engine.containers().find(after));
    if (top.isEmpty()) {
      throw new InvalidException(
          after, "has no layers, so there is nothing to compare", "name an image with files");
    }
    Differ differ =
        Differ.between(snapshots, key(before, engine.containers().find(before)), top.get());
    Optional<Container> container = engine.containers().find(after);
    return (container.isPresent() ? differ.without(mountPoints(container.get())) : differ)
        .changes();
  }

  /** A container's changes, without places the engine made; nothing if it was never started. */
  Optional<Differ> differ(Container container) {
    Roots.requireImage(container, "there is nothing its files could be compared with");
    return snapshots.find(container.id()).isEmpty()
        ? Optional.empty()
        : Optional.of(Differ.of(snapshots, container.id()).without(mountPoints(container)));
  }

  /** Writes a container's whole tree as an archive, without closing the stream. */
  void export(String nameOrId, OutputStream out) {
    Container container = engine.containers().require(nameOrId);
    TarWriter tar = new TarWriter(out);
    Optional<RootDirectory> root = container.spec().storage().root();
    if (root.isPresent() && !root.get().overlay()) {
      Roots.export(root.get(), tar);
      tar.finish();
      return;
    }
    Roots.requireImage(container, "only its own changes are in a layer");
    Optional<String> tree = key(nameOrId, Optional.of(container));
    if (tree.isPresent()) {
      Differ.export(snapshots, tree.get(), tar);
    }
    tar.finish();
  }

  /** The snapshot on top of a tree; nothing if the tree is empty. */
  private Optional<String> key(String nameOrId, Optional<Container> container) {
    if (container.isPresent()) {
      Roots.requireImage(container.get(), "there is nothing its files could be compared with");
      String id = container.get().id();
      return snapshots.find(id).isPresent()
          ? Optional.of(id)
          : container.get().spec().image().chainId().map(Digest::toString);
    }
    try {
      List<Digest> chain = engine.unpacking().of(engine.imageReader().find(nameOrId)).chainIds();
      return chain.isEmpty() ? Optional.empty() : Optional.of(chain.getLast().toString());
    } catch (NotFoundException e) {
      throw new NotFoundException(
          nameOrId, "no such container or image", "phyllo ps -a and phyllo images list them", e);
    }
  }

  private static MountPoints mountPoints(Container container) {
    return MountPoints.of(EngineMounts.of(container.spec()));
  }
}

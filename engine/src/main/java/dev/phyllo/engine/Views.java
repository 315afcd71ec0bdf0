package dev.phyllo.engine;

import dev.phyllo.containers.Container;
import dev.phyllo.layers.Compression;
import dev.phyllo.layers.LayerStack;
import dev.phyllo.layers.TarReader;
import dev.phyllo.layers.TarWriter;
import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.snapshots.Change;
import dev.phyllo.snapshots.Differ;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Looks into images: which layer a file comes from, what lies hidden below it, what an image
 * carries for nothing. Everything is read from the layers' blobs, so an image need not be unpacked;
 * of a container, its own layer is read from its snapshot and lies on top.
 */
public final class Views {
  /** A bound on memory: an image of a whole distribution has some hundred thousand. */
  private static final int MAX_PATHS = 4_000_000;

  private static final int PIPE = 1 << 16;

  private final Phyllo engine;

  Views(Phyllo engine) {
    this.engine = engine;
  }

  /**
   * The merged tree of an image or a container.
   *
   * @throws NotFoundException if there is neither of that name, or a layer's blob is missing
   */
  public ImageView view(String nameOrId) {
    Optional<Container> container = container(nameOrId);
    return container.isPresent() ? ofContainer(container.get()) : ofImage(nameOrId);
  }

  /** What an image carries that nobody can see. */
  public Waste waste(String image) {
    return Waste.of(ofImage(image));
  }

  /**
   * What lies between the trees of two images or containers, by path. Images are compared where
   * they are unpacked, and by their blobs if one of them is not.
   */
  public List<Change> diff(String before, String after) {
    if (isPacked(before) || isPacked(after)) {
      return StackComparison.between(view(before).stack(), view(after).stack());
    }
    return new Comparing(engine).changes(before, after);
  }

  private boolean isPacked(String nameOrId) {
    if (container(nameOrId).isPresent()) {
      return false;
    }
    try {
      for (LayerInfo layer : engine.layers(nameOrId)) {
        if (layer.blob().isPresent() && layer.directory().isEmpty()) {
          return true;
        }
      }
      return false;
    } catch (NotFoundException e) {
      throw new NotFoundException(
          nameOrId, "no such container or image", "phyllo ps -a and phyllo images list them", e);
    }
  }

  private Optional<Container> container(String nameOrId) {
    return Phyllo.canRun() ? engine.containers().find(nameOrId) : Optional.empty();
  }

  private ImageView ofImage(String nameOrId) {
    return ofImage(nameOrId, engine.image(nameOrId));
  }

  private ImageView ofImage(String name, ImageDetails image) {
    List<LayerInfo> layers = new ArrayList<>();
    LayerStack stack = new LayerStack(MAX_PATHS);
    for (LayerInfo layer : Layers.of(image, engine.snapshotter())) {
      if (layer.blob().isPresent()) {
        layers.add(layer);
        add(stack, layer.blob().get());
      }
    }
    return new ImageView(name, layers, false, stack);
  }

  private ImageView ofContainer(Container container) {
    Roots.requireImage(container, "it has no layers to look into");
    Digest digest = container.spec().image().manifest();
    byte[] bytes = engine.content().readTrusted(digest, JsonCodec.MAX_BYTES);
    Manifest manifest = Manifest.parse(bytes, digest.toString());
    Descriptor target = Descriptor.of(MediaTypes.OCI_MANIFEST, digest, bytes.length);
    ImageConfig config = engine.imageReader().config(manifest);
    ImageView image =
        ofImage(
            container.name(),
            new ImageDetails(
                List.of(), target, target, manifest, config, ChainId.of(config.diffIds())));
    Optional<Differ> own = new Comparing(engine).differ(container);
    if (own.isPresent()) {
      add(image.stack(), own.get(), container.name());
    }
    return new ImageView(container.name(), image.layers(), own.isPresent(), image.stack());
  }

  private void add(LayerStack stack, Descriptor blob) {
    String thing = blob.digest().toString();
    // Not by a LayerReader: nobody asks for a diffID here, and hashing costs more than reading.
    try (BufferedInputStream in =
        new BufferedInputStream(engine.content().open(blob.digest()), PIPE)) {
      Compression compression = Compression.detect(in);
      try (TarReader tar =
          new TarReader(compression.decompress(in, thing), engine.options().layerLimits(), thing)) {
        stack.add(tar);
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }

  /** The container's changes as the layer that commit would make of them, read as it is written. */
  private void add(LayerStack stack, Differ changes, String thing) {
    AtomicReference<@Nullable PhylloException> failure = new AtomicReference<>();
    try (PipedInputStream in = new PipedInputStream(PIPE)) {
      PipedOutputStream out = new PipedOutputStream(in);
      Thread writer =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try (TarWriter tar = new TarWriter(out)) {
                  changes.write(tar);
                } catch (PhylloException e) {
                  failure.set(e);
                }
              });
      try {
        stack.add(new TarReader(in, engine.options().layerLimits(), thing));
        in.transferTo(java.io.OutputStream.nullOutputStream());
        writer.join();
      } catch (PhylloException e) {
        PhylloException cause = failure.get();
        throw cause == null ? e : cause;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new SystemException(thing, "interrupted", "", e);
      }
    } catch (IOException e) {
      throw new SystemException(thing, e);
    }
  }
}

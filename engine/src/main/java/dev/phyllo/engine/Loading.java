package dev.phyllo.engine;

import dev.phyllo.layers.TarLimits;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UsageException;
import dev.phyllo.store.Image;
import dev.phyllo.store.Lease;
import dev.phyllo.transports.ImageLoader;
import dev.phyllo.transports.LoadLimits;
import dev.phyllo.transports.LoadOptions;
import dev.phyllo.transports.LoadedImage;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Brings images in: content first, then snapshots, names last. */
final class Loading {
  private final Phyllo engine;

  Loading(Phyllo engine) {
    this.engine = engine;
  }

  List<Loaded> load(LoadRequest request) {
    return Advice.orElse(Advice.FILE, () -> loaded(request));
  }

  private List<Loaded> loaded(LoadRequest request) {
    LoadOptions options =
        LoadOptions.DEFAULT
            .withAllPlatforms(request.allPlatforms())
            // The unpacker computes each diffID anyway.
            .withVerifyDiffIds(!request.unpack())
            .withLimits(limits(engine.options().layerLimits()));
    if (request.platform().isPresent()) {
      options = options.withPlatform(request.platform().get());
    }
    if (request.baseName().isPresent()) {
      options = options.withBaseName(request.baseName().get());
    }
    // Until the names are written nothing but the lease refers to what comes in.
    try (Lease lease = engine.leases().begin()) {
      ImageLoader loader = new ImageLoader(engine.content().under(lease), engine.options().steps());
      Path source = request.source();
      InputStream in = request.in();
      List<LoadedImage> found;
      if (source != null) {
        found = loader.load(source, options);
      } else if (in != null) {
        found = loader.load(in, "standard input", options);
      } else {
        throw new UsageException("load", "neither a source nor a stream", "give one of them");
      }
      List<Loaded> loaded = new ArrayList<>();
      List<Image> named = new ArrayList<>();
      for (LoadedImage image : found) {
        // Without a wish: this machine's image of an index, or the only one, whatever it is for.
        Images reader = engine.imageReader();
        Images.Chosen chosen =
            request.platform().isPresent()
                ? reader.choose(image.target(), request.platform().get())
                : reader.chooseOrAny(image.target(), Platform.host());
        if (request.unpack()) {
          engine.unpacking().unpack(chosen, lease);
        }
        List<String> names = new ArrayList<>();
        for (Reference name : image.names()) {
          names.add(name.canonical());
          named.add(new Image(name.canonical(), image.target()));
        }
        if (names.isEmpty()) {
          named.add(Image.unnamed(image.target()));
        }
        loaded.add(
            new Loaded(names, image.target(), chosen.manifest().layers().size(), request.unpack()));
      }
      engine.names().put(named);
      return loaded;
    }
  }

  private static LoadLimits limits(TarLimits layers) {
    LoadLimits usual = LoadLimits.DEFAULT;
    return new LoadLimits(
        usual.maxEntries(),
        usual.maxArchiveBytes(),
        Math.min(usual.maxLayerBytes(), layers.maxTotalBytes()),
        usual.maxMemoryBytes(),
        usual.maxImages());
  }
}

package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.UnsupportedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Follows an image from its descriptor to its last blob and brings all of it into the store: blobs
 * before the documents that name them.
 */
final class ImageGraph {
  private final ImageContents contents;
  private final Ingestion ingestion;
  private final LoadOptions options;
  private final PlatformChoice choice;
  private final Map<Digest, Platform> keptImages = new HashMap<>();
  private final Set<Digest> keptWhole = new HashSet<>();
  private int documents;

  ImageGraph(ImageContents contents, Ingestion ingestion, LoadOptions options) {
    this.contents = contents;
    this.ingestion = ingestion;
    this.options = options;
    this.choice = new PlatformChoice(contents, options);
  }

  /**
   * Keeps an image, or the image of one platform of an index, or all of an index.
   *
   * @param top the image's document
   * @return what names the image in the store
   */
  Descriptor keep(Document top) {
    return switch (top) {
      case Document.OfManifest m -> keepImage(m);
      case Document.OfIndex i when options.allPlatforms() -> {
        keepAll(i, 0);
        yield Descriptor.of(i.descriptor().mediaType(), i.descriptor().digest(), i.file().size());
      }
      case Document.OfIndex i -> keepImage(choice.choose(i.index(), i.file().where()));
    };
  }

  private Descriptor keepImage(Document.OfManifest image) {
    if (!image.isImage()) {
      throw image.notAnImage();
    }
    Platform platform = keptImages.get(image.descriptor().digest());
    if (platform == null) {
      platform = bring(image);
      keptImages.put(image.descriptor().digest(), platform);
    }
    Descriptor target =
        Descriptor.of(
            image.descriptor().mediaType(), image.descriptor().digest(), image.file().size());
    return platform.os().isEmpty() ? target : target.withPlatform(platform);
  }

  private Platform bring(Document.OfManifest image) {
    count(image);
    Manifest manifest = image.manifest();
    String where = image.file().where();
    for (Descriptor layer : manifest.layers()) {
      if (MediaTypes.isForeignLayer(layer.mediaType())) {
        throw new UnsupportedException(
            where,
            "layer " + layer.digest() + " is a foreign layer, whose bytes are not in the image",
            "save the image with its layers");
      }
    }
    ImageFile configFile = contents.blob(manifest.config());
    byte[] configBytes = ImageFile.read(configFile, manifest.config());
    ImageConfig config = ImageConfig.parse(configBytes, configFile.where());
    if (config.diffIds().size() != manifest.layers().size()) {
      throw new CorruptException(
          where,
          manifest.layers().size()
              + " layers, but the config "
              + manifest.config().digest()
              + " has "
              + config.diffIds().size()
              + " diffIDs",
          "");
    }
    if (!options.allPlatforms()) {
      choice.check(config, where);
    }
    bringLayers(manifest.layers(), config.diffIds());
    ingestion.keep(manifest.config(), new MemoryFile(configFile.where(), configBytes));
    ingestion.keep(image.descriptor(), image.file());
    return config.platform();
  }

  private void bringLayers(List<Descriptor> layers, List<Digest> diffIds) {
    // Each blob once at a time; the same blob again is only compared with its other diffID.
    Map<Digest, Runnable> first = new LinkedHashMap<>();
    List<Runnable> again = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Descriptor layer = layers.get(i);
      Digest diffId = diffIds.get(i);
      Runnable work = () -> ingestion.keepLayer(layer, diffId, contents.blob(layer));
      if (first.putIfAbsent(layer.digest(), work) != null) {
        again.add(work);
      }
    }
    Parallel.run(List.copyOf(first.values()));
    again.forEach(Runnable::run);
  }

  /** Everything an index leads to; what is not an image is verified by digest and carried along. */
  private void keepAll(Document document, int depth) {
    if (depth > PlatformChoice.MAX_DEPTH) {
      throw new InvalidException(
          document.file().where(),
          "indexes nested deeper than " + PlatformChoice.MAX_DEPTH,
          "name an image in it by its digest");
    }
    if (!keptWhole.add(document.descriptor().digest())) {
      return;
    }
    switch (document) {
      case Document.OfIndex i -> {
        count(i);
        for (Descriptor d : i.index().manifests()) {
          if (MediaTypes.isIndex(d.mediaType())
              || MediaTypes.isManifest(d.mediaType())
              || d.mediaType().isEmpty()) {
            keepAll(Document.read(contents, d), depth + 1);
          } else {
            ingestion.keep(d, contents.blob(d));
          }
        }
      }
      case Document.OfManifest m
          when m.isImage() && !PlatformChoice.isAttestation(m.descriptor()) ->
          keepImage(m);
      case Document.OfManifest m -> {
        count(m);
        ingestion.keep(m.manifest().config(), contents.blob(m.manifest().config()));
        for (Descriptor d : m.manifest().layers()) {
          ingestion.keep(d, contents.blob(d));
        }
      }
    }
    ingestion.keep(document.descriptor(), document.file());
  }

  private void count(Document document) {
    if (++documents > options.limits().maxImages()) {
      throw new InvalidException(
          document.file().where(),
          "more than " + options.limits().maxImages() + " images and indexes in one source",
          "take one of them: --platform");
    }
  }
}

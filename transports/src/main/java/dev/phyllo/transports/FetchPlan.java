package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.Batch;
import dev.phyllo.store.ContentStore;
import dev.phyllo.transports.ImageFetch.Incoming;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a fetch has to bring: reads the documents of an image, each from the store if it is there,
 * keeps them, and says which blobs they name.
 */
final class FetchPlan {
  private final ImageSource source;
  private final ContentStore content;
  private final FetchOptions options;
  private final Batch batch;
  private final Descriptor target;
  private final List<Incoming> images = new ArrayList<>();
  private final Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
  private final Set<Digest> documents = new HashSet<>();

  /**
   * Reads the documents.
   *
   * @param batch where they are kept
   * @throws UnsupportedException if it is no image, has none for the platform, or a layer of it is
   *     a foreign one
   */
  FetchPlan(ImageSource source, ContentStore content, FetchOptions options, Batch batch) {
    this.source = source;
    this.content = content;
    this.options = options;
    this.batch = batch;
    this.target = plan();
  }

  /** What names the whole. */
  Descriptor target() {
    return target;
  }

  /** The images. */
  List<Incoming> images() {
    return List.copyOf(images);
  }

  /** What is to be brought besides the documents, base layers first. */
  List<Descriptor> blobs() {
    List<Descriptor> rest = new ArrayList<>(blobs.size());
    for (Descriptor blob : blobs.values()) {
      if (!documents.contains(blob.digest())) {
        rest.add(blob);
      }
    }
    return rest;
  }

  private Descriptor plan() {
    Descriptor top = source.target();
    if (options.allPlatforms()) {
      keepAll(top, 0);
      if (images.isEmpty()) {
        throw new UnsupportedException(
            source.thing(), "no image in it", "phyllo copy brings artifacts from place to place");
      }
      return Descriptor.of(top.mediaType(), top.digest(), top.size());
    }
    ImageSource cached = new Cached();
    Descriptor chosen =
        new ImageChoice(cached, options.limits().maxImages()).choose(top, options.platform());
    Incoming image = keepImage(chosen);
    if (options.platform().isPresent()
        && chosen.platform().isEmpty()
        && !image.config().platform().matches(options.platform().get())) {
      throw new UnsupportedException(
          source.thing(),
          "is for " + image.config().platform() + ", not for " + options.platform().get(),
          "ask for that platform with --platform, or for an image of this one");
    }
    Descriptor plain = Descriptor.of(chosen.mediaType(), chosen.digest(), chosen.size());
    return image.config().platform().os().isEmpty()
        ? plain
        : plain.withPlatform(image.config().platform());
  }

  private void keepAll(Descriptor d, int depth) {
    if (depth > PlatformChoice.MAX_DEPTH) {
      throw new InvalidException(
          source.thing(),
          "indexes nested deeper than " + PlatformChoice.MAX_DEPTH,
          "name an image in it by its digest");
    }
    if (documents.contains(d.digest())) {
      return;
    }
    String thing = d.digest().toString();
    if (MediaTypes.isIndex(d.mediaType())) {
      byte[] bytes = document(d);
      for (Descriptor child : Index.parse(bytes, thing).manifests()) {
        if (MediaTypes.isIndex(child.mediaType()) || MediaTypes.isManifest(child.mediaType())) {
          keepAll(child, depth + 1);
        } else {
          blobs.putIfAbsent(child.digest(), child);
        }
      }
      keepDocument(d, bytes);
      return;
    }
    byte[] bytes = document(d);
    Manifest manifest = Manifest.parse(bytes, thing);
    if (isImage(manifest) && !PlatformChoice.isAttestation(d)) {
      keepImage(d);
      return;
    }
    blobs.putIfAbsent(manifest.config().digest(), manifest.config());
    manifest.layers().forEach(layer -> blobs.putIfAbsent(layer.digest(), layer));
    keepDocument(d, bytes);
  }

  private Incoming keepImage(Descriptor d) {
    String thing = d.digest().toString();
    byte[] bytes = document(d);
    Manifest manifest = Manifest.parse(bytes, thing);
    if (!isImage(manifest)) {
      throw new UnsupportedException(
          source.thing(),
          "an artifact, not an image: its config is of type \""
              + manifest.config().mediaType()
              + "\"",
          "phyllo copy brings artifacts from place to place");
    }
    for (Descriptor layer : manifest.layers()) {
      if (MediaTypes.isForeignLayer(layer.mediaType()) && !content.has(layer.digest())) {
        throw new UnsupportedException(
            source.thing(),
            "layer " + layer.digest() + " is a foreign layer, whose bytes are not in the image",
            "ask who made the image for one with all its layers");
      }
    }
    byte[] configBytes = document(manifest.config());
    ImageConfig config = ImageConfig.parse(configBytes, manifest.config().digest().toString());
    if (config.diffIds().size() != manifest.layers().size()) {
      throw new CorruptException(
          source.thing(),
          manifest.layers().size()
              + " layers, but the config has "
              + config.diffIds().size()
              + " diffIDs",
          "");
    }
    keepDocument(manifest.config(), configBytes);
    for (Descriptor layer : manifest.layers()) {
      Descriptor known = blobs.putIfAbsent(layer.digest(), layer);
      if (known != null && known.size() != layer.size()) {
        throw new CorruptException(
            layer.digest().toString(),
            "two manifests give it two sizes, " + known.size() + " and " + layer.size(),
            "");
      }
    }
    keepDocument(d, bytes);
    Incoming image = new Incoming(d, manifest, config);
    images.add(image);
    return image;
  }

  static boolean isImage(Manifest manifest) {
    for (Descriptor layer : manifest.layers()) {
      if (!MediaTypes.isLayer(layer.mediaType()) && !MediaTypes.isForeignLayer(layer.mediaType())) {
        return false;
      }
    }
    return MediaTypes.isConfig(manifest.config().mediaType());
  }

  /** From the store if it is there, which costs the source nothing. */
  private byte[] document(Descriptor d) {
    return content.has(d.digest()) ? content.read(d, JsonCodec.MAX_BYTES) : source.document(d);
  }

  private void keepDocument(Descriptor d, byte[] bytes) {
    if (!documents.add(d.digest())) {
      return;
    }
    if (documents.size() > 3 * options.limits().maxImages()) {
      throw new InvalidException(
          source.thing(),
          "more than " + options.limits().maxImages() + " images",
          "take one of them: --platform");
    }
    batch.ingest(d, new ByteArrayInputStream(bytes));
  }

  /** The source, with what the store has read from there. */
  private final class Cached implements ImageSource {
    @Override
    public String thing() {
      return source.thing();
    }

    @Override
    public Descriptor target() {
      return source.target();
    }

    @Override
    public byte[] document(Descriptor descriptor) {
      return FetchPlan.this.document(descriptor);
    }

    @Override
    public InputStream blob(Descriptor descriptor, long offset) {
      return source.blob(descriptor, offset);
    }

    @Override
    public void close() {
      // The source is closed by who opened it.
    }
  }
}

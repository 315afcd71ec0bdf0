package dev.phyllo.transports;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.StepListener;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.Work;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.ContentStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Follows images in the store from their descriptor to their last blob: the mirror of {@link
 * ImageGraph}.
 *
 * <p>An index may name images that were never brought here, because only one platform was asked
 * for: those are left out and the index stays as it is, so that its digest does. An image whose
 * manifest is here must be here whole.
 */
final class SaveGraph {
  /** An image as it will be saved, and the image manifests it leads to. */
  record Kept(Descriptor target, List<Document.OfManifest> images) {}

  private final ContentStore content;
  private final Optional<Platform> platform;
  private final StepListener steps;
  private final Map<Digest, Descriptor> blobs = new LinkedHashMap<>();

  SaveGraph(ContentStore content, Optional<Platform> platform, StepListener steps) {
    this.content = content;
    this.platform = platform;
    this.steps = steps;
  }

  /** Watches a layer being written; documents are too short to be watched. */
  static Work writing(StepListener steps, Descriptor d) {
    return MediaTypes.isLayer(d.mediaType())
        ? steps.begin(Work.Kind.WRITE, d.digest().toString(), d.size())
        : Work.UNWATCHED;
  }

  /** Every blob of the images kept so far. */
  Collection<Descriptor> blobs() {
    return blobs.values();
  }

  /** Whether the blob is one of those. */
  boolean has(Digest digest) {
    return blobs.containsKey(digest);
  }

  /**
   * Keeps an image.
   *
   * @throws NotFoundException if part of it is missing
   * @throws UnsupportedException if a platform was asked for and it has none such
   */
  Kept keep(Descriptor target) {
    content.has(target.digest()); // under a lease, what is looked for is not collected
    List<Document.OfManifest> images = new ArrayList<>();
    if (platform.isEmpty()) {
      keepAll(target, 0, images);
      if (images.isEmpty() && MediaTypes.isIndex(target.mediaType())) {
        throw new NotFoundException(
            target.digest().toString(),
            "an index without a single image in the store",
            "load or pull the image again");
      }
      return new Kept(target, images);
    }
    Descriptor chosen = choose(target, platform.get());
    keepAll(chosen, 0, images);
    return new Kept(chosen, images);
  }

  private Descriptor choose(Descriptor target, Platform wanted) {
    List<String> offered = new ArrayList<>();
    Descriptor found = choose(target, wanted, 0, offered);
    if (found == null) {
      throw new UnsupportedException(
          target.digest().toString(),
          "the store has no image for "
              + wanted
              + " under it"
              + (offered.isEmpty() ? "" : ", only for " + String.join(", ", offered)),
          "load or pull it with --platform or --all-platforms");
    }
    return found;
  }

  private @Nullable Descriptor choose(
      Descriptor d, Platform wanted, int depth, List<String> offered) {
    if (MediaTypes.isIndex(d.mediaType())) {
      for (Descriptor child : index(d, depth).manifests()) {
        boolean candidate =
            (MediaTypes.isManifest(child.mediaType()) || MediaTypes.isIndex(child.mediaType()))
                && !PlatformChoice.isAttestation(child)
                && content.has(child.digest());
        Descriptor found = candidate ? choose(child, wanted, depth + 1, offered) : null;
        if (found != null) {
          return found;
        }
      }
      return null;
    }
    Document.OfManifest image = manifest(d);
    if (!image.isImage()) {
      return null;
    }
    Platform its = d.platform().orElseGet(() -> config(image).platform());
    if (!its.matches(wanted)) {
      offered.add(its.toString());
      return null;
    }
    return d.withPlatform(its);
  }

  private void keepAll(Descriptor d, int depth, List<Document.OfManifest> images) {
    if (MediaTypes.isIndex(d.mediaType())) {
      for (Descriptor child : index(d, depth).manifests()) {
        if (content.has(child.digest())) {
          keepChild(child, depth + 1, images);
        } else if (steps.isListening()) {
          steps.done(
              new SaveStep("skip", child.digest().toString(), Map.of("why", "not in the store")));
        }
      }
      add(d);
      return;
    }
    Document.OfManifest m = manifest(d);
    if (m.isImage() && !PlatformChoice.isAttestation(d)) {
      images.add(m);
    }
    blob(m.manifest().config(), d);
    for (Descriptor layer : m.manifest().layers()) {
      // A foreign layer may be here or only at its URLs.
      if (!MediaTypes.isForeignLayer(layer.mediaType()) || content.has(layer.digest())) {
        blob(layer, d);
      }
    }
    add(d);
  }

  private void keepChild(Descriptor child, int depth, List<Document.OfManifest> images) {
    if (MediaTypes.isIndex(child.mediaType()) || MediaTypes.isManifest(child.mediaType())) {
      keepAll(child, depth, images);
    } else {
      add(child);
    }
  }

  private Index index(Descriptor d, int depth) {
    if (depth > PlatformChoice.MAX_DEPTH) {
      throw new InvalidException(
          d.digest().toString(),
          "indexes nested deeper than " + PlatformChoice.MAX_DEPTH,
          "name an image in it by its digest");
    }
    return Index.parse(content.read(d, JsonCodec.MAX_BYTES), d.digest().toString());
  }

  private Document.OfManifest manifest(Descriptor d) {
    String thing = d.digest().toString();
    byte[] bytes = content.read(d, JsonCodec.MAX_BYTES);
    return new Document.OfManifest(d, new MemoryFile(thing, bytes), Manifest.parse(bytes, thing));
  }

  private ImageConfig config(Document.OfManifest image) {
    Descriptor d = image.manifest().config();
    return ImageConfig.parse(content.read(d, JsonCodec.MAX_BYTES), d.digest().toString());
  }

  private void blob(Descriptor d, Descriptor of) {
    if (!content.has(d.digest())) {
      throw new NotFoundException(
          of.digest().toString(),
          "its blob " + d.digest() + " is not in the store",
          "load or pull the image again");
    }
    add(d);
  }

  private void add(Descriptor d) {
    Descriptor known = blobs.putIfAbsent(d.digest(), d);
    if (known != null && known.size() != d.size()) {
      throw new CorruptException(
          d.digest().toString(),
          "two documents give it two sizes, " + known.size() + " and " + d.size(),
          "the image is not valid: make it again");
    }
  }
}

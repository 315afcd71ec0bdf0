package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.Work;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Copies an image from any place to any other. Digests stay as they are unless another format or
 * compression is asked for; what the target has is not sent; blobs go before the documents that
 * name them, and the name comes last.
 */
public final class ImageCopy {
  private static final int MAX_REFERRER_DEPTH = 4;
  private static final List<String> COSIGN = List.of(".sig", ".att", ".sbom");

  /**
   * What was copied.
   *
   * @param target the image's manifest or index in the new place
   * @param sent how many blobs were sent
   * @param present how many the target had, or took from elsewhere in itself
   * @param referrers how many documents that refer to it were copied
   */
  public record Copied(Descriptor target, int sent, int present, int referrers) {}

  private final ImageSource from;
  private final ImageDestination to;
  private final CopyOptions options;
  private final Conversion conversion;
  private final Set<Digest> done = new HashSet<>();
  private int sent; // guarded by this
  private int present; // guarded by this
  private int referrers;

  private ImageCopy(
      ImageSource from, ImageDestination to, CopyOptions options, Conversion conversion) {
    this.from = from;
    this.to = to;
    this.options = options;
    this.conversion = conversion;
  }

  /**
   * Copies.
   *
   * @throws UnsupportedException if there is no image for the platform, a layer is a foreign one,
   *     or the target cannot hold what is copied
   * @throws dev.phyllo.oci.CorruptException if bytes are not what a digest says
   */
  public static Copied copy(ImageSource from, ImageDestination to, CopyOptions options) {
    try (Conversion conversion = new Conversion(from, options)) {
      return new ImageCopy(from, to, options, conversion).run();
    }
  }

  /** A document as it will be in the target. */
  private record Ready(Descriptor descriptor, byte[] bytes) {}

  private Copied run() {
    Descriptor top = from.target();
    if (!options.all()) {
      top = new ImageChoice(from, LoadLimits.DEFAULT.maxImages()).choose(top, options.platform());
    }
    Ready ready = prepare(top, 0);
    to.commit(ready.descriptor(), ready.bytes());
    return new Copied(ready.descriptor(), sent, present, referrers);
  }

  /** Brings everything that a document leads to, and says what the document will be. */
  private Ready prepare(Descriptor d, int depth) {
    if (depth > PlatformChoice.MAX_DEPTH) {
      throw new InvalidException(
          from.thing(),
          "indexes nested deeper than " + PlatformChoice.MAX_DEPTH,
          "name an image in it by its digest");
    }
    byte[] bytes = from.document(d);
    Ready ready = MediaTypes.isIndex(d.mediaType()) ? index(d, bytes, depth) : manifest(d, bytes);
    if (options.referrers() && !options.isConverting()) {
      referrers(d.digest(), 0);
    }
    return ready;
  }

  private Ready index(Descriptor d, byte[] bytes, int depth) {
    Index index = Index.parse(bytes, d.digest().toString());
    List<Descriptor> children = new ArrayList<>();
    for (Descriptor child : index.manifests()) {
      boolean document =
          MediaTypes.isIndex(child.mediaType()) || MediaTypes.isManifest(child.mediaType());
      if (!from.has(child)) {
        skipMissing(d, child);
        children.add(child);
        continue;
      }
      if (!document) {
        send(Map.of(child.digest(), child));
        children.add(child);
        continue;
      }
      if (options.isConverting() && PlatformChoice.isAttestation(child)) {
        continue; // it speaks of a digest that there will not be
      }
      Ready ready = prepare(child, depth + 1);
      putOnce(ready);
      children.add(like(child, ready.descriptor()));
    }
    if (!options.isConverting()) {
      return new Ready(d, bytes);
    }
    ManifestFormat format = conversion.format(d.mediaType());
    boolean oci = format == ManifestFormat.OCI;
    byte[] made =
        new Index(
                format.index(),
                children,
                oci ? index.annotations() : Map.of(),
                oci ? index.subject() : Optional.empty(),
                oci ? index.artifactType() : Optional.empty(),
                index.extra())
            .toBytes();
    return new Ready(Descriptor.of(format.index(), made), made);
  }

  private void skipMissing(Descriptor d, Descriptor child) {
    if (!to.takesSparse() || options.isConverting()) {
      throw new NotFoundException(
          from.thing(),
          "the index " + d.digest() + " names " + child.digest() + ", which is not there",
          "copy one of its images with --platform, or bring all first");
    }
  }

  /** The new document with what the index says of the old one. */
  private static Descriptor like(Descriptor old, Descriptor made) {
    Descriptor d =
        Descriptor.of(made.mediaType(), made.digest(), made.size())
            .withAnnotations(old.annotations());
    return old.platform().isPresent() ? d.withPlatform(old.platform().get()) : d;
  }

  private Ready manifest(Descriptor d, byte[] bytes) {
    Manifest manifest = Manifest.parse(bytes, d.digest().toString());
    boolean image = FetchPlan.isImage(manifest);
    Ready ready = new Ready(d, bytes);
    if (image && options.isConverting()) {
      manifest = conversion.convert(d, manifest);
      byte[] made = manifest.toBytes();
      Descriptor descriptor = Descriptor.of(manifest.mediaType(), made);
      ready =
          new Ready(
              d.platform().isPresent() ? descriptor.withPlatform(d.platform().get()) : descriptor,
              made);
    }
    Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
    for (Descriptor layer : manifest.layers()) {
      if (MediaTypes.isForeignLayer(layer.mediaType())) {
        throw new UnsupportedException(
            from.thing(),
            "layer " + layer.digest() + " is a foreign layer, whose bytes are not in the image",
            "ask who made the image for one with all its layers");
      }
      blobs.putIfAbsent(layer.digest(), layer);
    }
    blobs.putIfAbsent(manifest.config().digest(), manifest.config());
    send(blobs);
    return ready;
  }

  private void putOnce(Ready ready) {
    if (done.add(ready.descriptor().digest())) {
      to.putDocument(ready.descriptor(), ready.bytes());
    }
  }

  private void send(Map<Digest, Descriptor> blobs) {
    List<Runnable> work = new ArrayList<>();
    for (Descriptor blob : blobs.values()) {
      if (done.add(blob.digest())) {
        work.add(() -> send(blob));
      }
    }
    Parallel.run(work, to.isConcurrent() ? options.parallel() : 1);
  }

  private void send(Descriptor blob) {
    try (Work work = options.steps().begin(Work.Kind.SEND, blob.digest().toString(), blob.size())) {
      // Where it is known to be elsewhere in the target, taking it over answers both questions.
      if (to.adopt(blob, from) || to.has(blob)) {
        work.present();
        count(false);
        return;
      }
      BlobContent content =
          offset -> {
            InputStream in = open(blob, offset);
            return work.count(in);
          };
      to.putBlob(blob, content);
      work.done();
      count(true);
    }
  }

  private InputStream open(Descriptor blob, long offset) {
    if (blob.size() == 0) {
      return new ByteArrayInputStream(new byte[0]);
    }
    return conversion.open(blob, offset);
  }

  private synchronized void count(boolean wasSent) {
    if (wasSent) {
      sent++;
    } else {
      present++;
    }
  }

  /** Signatures and the like: by subject, and by the tags that cosign gives them. */
  private void referrers(Digest subject, int depth) {
    if (depth >= MAX_REFERRER_DEPTH) {
      return;
    }
    for (Descriptor d : from.referrers(subject)) {
      if (done.add(d.digest())) {
        byte[] bytes = artifact(d);
        to.putReferrer(d, bytes);
        referrers++;
        referrers(d.digest(), depth + 1);
      }
    }
    for (String end : COSIGN) {
      String tag = subject.algorithm().token() + "-" + subject.hex() + end;
      Optional<Descriptor> tagged = from.tagged(tag);
      if (tagged.isPresent()) {
        to.putTagged(tag, tagged.get(), artifact(tagged.get()));
        referrers++;
      }
    }
  }

  private byte[] artifact(Descriptor d) {
    byte[] bytes = from.document(d);
    if (MediaTypes.isManifest(d.mediaType())) {
      Manifest manifest = Manifest.parse(bytes, d.digest().toString());
      Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
      blobs.put(manifest.config().digest(), manifest.config());
      manifest.layers().forEach(layer -> blobs.putIfAbsent(layer.digest(), layer));
      send(blobs);
    }
    return bytes;
  }
}

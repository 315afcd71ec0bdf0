package dev.phyllo.engine;

import dev.phyllo.oci.ChainId;
import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.store.BlobInfo;
import dev.phyllo.store.ContentStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What can be reached from some descriptors: index to manifests, manifest to config and layers,
 * config to the chainIDs of the snapshots. What is not in the store is passed over, for an index
 * may speak of platforms that were never loaded.
 */
final class Reach {
  private final ContentStore content;
  private final Set<Digest> blobs = new LinkedHashSet<>();
  private final Set<Digest> manifests = new LinkedHashSet<>();
  private final Set<String> snapshots = new LinkedHashSet<>();

  Reach(ContentStore content) {
    this.content = content;
  }

  /** Every blob reached, present or not. */
  Set<Digest> blobs() {
    return blobs;
  }

  /** The manifests among them. */
  Set<Digest> manifests() {
    return manifests;
  }

  /** The chainIDs of all stacks on the way, as the names of snapshots, base first. */
  Set<String> snapshots() {
    return snapshots;
  }

  /**
   * Goes on from a descriptor.
   *
   * @throws CorruptException if a document on the way cannot be read, so that nobody knows what it
   *     leads to
   */
  void follow(Descriptor d) {
    follow(d.digest(), d.mediaType());
  }

  /** The same from a manifest or an index that is known by its digest only. */
  void follow(Digest digest) {
    if (blobs.contains(digest)) {
      return;
    }
    Document document = document(digest);
    follow(digest, document == null ? "" : document.mediaType());
  }

  private void follow(Digest digest, String mediaType) {
    if (!blobs.add(digest) || !content.has(digest)) {
      return;
    }
    try {
      if (MediaTypes.isIndex(mediaType)) {
        for (Descriptor d : Index.parse(read(digest), digest.toString()).manifests()) {
          follow(d);
        }
      } else if (MediaTypes.isManifest(mediaType)) {
        follow(digest, Manifest.parse(read(digest), digest.toString()));
      }
    } catch (InvalidException e) {
      throw new CorruptException(
          digest.toString(),
          "cannot be read, so nobody knows what it needs: " + e.why(),
          "phyllo doctor says which image it breaks",
          e);
    }
  }

  private void follow(Digest digest, Manifest manifest) {
    manifests.add(digest);
    for (Descriptor layer : manifest.layers()) {
      blobs.add(layer.digest());
    }
    Descriptor config = manifest.config();
    blobs.add(config.digest());
    if (MediaTypes.isConfig(config.mediaType()) && content.has(config.digest())) {
      ImageConfig parsed = ImageConfig.parse(read(config.digest()), config.digest().toString());
      for (Digest chainId : ChainId.of(parsed.diffIds())) {
        snapshots.add(chainId.toString());
      }
    }
  }

  /**
   * Goes on to what refers to something reached and is itself referred to by nothing: signatures,
   * bills of material and the like, whose {@code subject} is an image (image specification,
   * manifest.md). They live as long as their subject.
   */
  void followReferrers(List<BlobInfo> all) {
    List<Document> waiting = new ArrayList<>();
    for (BlobInfo blob : all) {
      if (!blobs.contains(blob.digest()) && blob.size() <= JsonCodec.MAX_BYTES) {
        Document document = document(blob.digest());
        if (document != null && document.subject().isPresent()) {
          waiting.add(document);
        }
      }
    }
    // A referrer may be the subject of another.
    boolean more = true;
    while (more) {
      more = false;
      for (Document d : List.copyOf(waiting)) {
        if (blobs.contains(d.subject().orElseThrow().digest())) {
          follow(d.digest(), d.mediaType());
          waiting.remove(d);
          more = true;
        }
      }
    }
  }

  private record Document(Digest digest, String mediaType, Optional<Descriptor> subject) {}

  /** What a blob is if it is a manifest or an index. */
  private @Nullable Document document(Digest digest) {
    if (!content.has(digest)
        || content.size(digest).orElse(0L) > JsonCodec.MAX_BYTES
        || !looksLikeJson(digest)) {
      return null;
    }
    try {
      byte[] bytes = read(digest);
      String type =
          JsonCodec.parseObject(bytes, digest.toString())
              .string("mediaType")
              .orElse(MediaTypes.OCI_MANIFEST);
      if (MediaTypes.isIndex(type)) {
        return new Document(digest, type, Index.parse(bytes, digest.toString()).subject());
      }
      if (MediaTypes.isManifest(type)) {
        return new Document(digest, type, Manifest.parse(bytes, digest.toString()).subject());
      }
    } catch (InvalidException _) {
      // Some other document.
    }
    return null;
  }

  private boolean looksLikeJson(Digest digest) {
    try (InputStream in = content.open(digest)) {
      return in.read() == '{';
    } catch (IOException e) {
      throw new dev.phyllo.oci.SystemException(digest.toString(), e);
    }
  }

  private byte[] read(Digest digest) {
    return content.readTrusted(digest, JsonCodec.MAX_BYTES);
  }
}

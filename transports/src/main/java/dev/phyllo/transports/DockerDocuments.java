package dev.phyllo.transports;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.Platform;
import dev.phyllo.oci.Reference;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Docker's two documents of an archive (Docker image specification v1.2), by which readers that
 * know nothing of OCI find the images: {@code manifest.json} names the config and the layers of
 * each, {@code repositories} the last layer of each name. Both point to blobs of the layout; the
 * layers are as they are stored, compressed or not, which every reader finds out by itself.
 *
 * <p>Names are written in full, as podman writes them; docker writes {@code busybox:latest}, which
 * podman would load as {@code localhost/busybox:latest}.
 *
 * <p>An image for several platforms is there as that of the platform asked for, else of this
 * machine, else the first.
 *
 * @param manifest the bytes of {@code manifest.json}
 * @param repositories the bytes of {@code repositories}
 */
@SuppressWarnings("ArrayRecordComponent") // an implementation detail, never compared
record DockerDocuments(byte[] manifest, byte[] repositories) {
  /** The older of docker's documents. */
  static final String REPOSITORIES = "repositories";

  static DockerDocuments of(SavedContents contents, Optional<Platform> platform) {
    return of(contents.images(), contents::has, platform);
  }

  /** The same of one image, of which these are the manifests. */
  static DockerDocuments of(
      Descriptor target,
      List<Document.OfManifest> manifests,
      Set<Reference> names,
      Predicate<Digest> has) {
    return of(List.of(new SavedContents.Saved(target, names, manifests)), has, Optional.empty());
  }

  private static DockerDocuments of(
      Collection<SavedContents.Saved> saved, Predicate<Digest> has, Optional<Platform> platform) {
    List<Json> images = new ArrayList<>();
    TreeMap<String, TreeMap<String, String>> repositories = new TreeMap<>();
    for (SavedContents.Saved image : saved) {
      Manifest manifest = choose(image, platform).manifest();
      List<String> layers = new ArrayList<>();
      for (Descriptor layer : manifest.layers()) {
        layers.add(file(layer, has));
      }
      List<String> tags = tags(image.names(), manifest, repositories);
      images.add(
          new JsonBuilder()
              .put("Config", file(manifest.config(), has))
              // As docker has it where there are none.
              .put("RepoTags", tags.isEmpty() ? Json.Null.NULL : JsonBuilder.array(tags))
              .put("Layers", JsonBuilder.array(layers))
              .build());
    }
    JsonBuilder byRepository = new JsonBuilder();
    for (Map.Entry<String, TreeMap<String, String>> repository : repositories.entrySet()) {
      JsonBuilder tags = new JsonBuilder();
      repository.getValue().forEach(tags::put);
      byRepository.put(repository.getKey(), tags.build());
    }
    return new DockerDocuments(
        JsonCodec.toBytes(new Json.Array(images)), JsonCodec.toBytes(byRepository.build()));
  }

  private static Document.OfManifest choose(SavedContents.Saved image, Optional<Platform> asked) {
    List<Document.OfManifest> manifests = image.manifests();
    if (manifests.isEmpty()) {
      throw new UnsupportedException(
          image.target().digest().toString(),
          "not an image but an artifact, which a docker archive cannot hold",
          "use --format oci-archive");
    }
    Platform wanted = asked.orElseGet(Platform::host);
    for (Document.OfManifest m : manifests) {
      if (m.descriptor().platform().filter(p -> p.matches(wanted)).isPresent()) {
        return m;
      }
    }
    return manifests.getFirst();
  }

  private static List<String> tags(
      Set<Reference> names,
      Manifest manifest,
      TreeMap<String, TreeMap<String, String>> repositories) {
    List<String> tags = new ArrayList<>();
    for (Reference name : names) {
      if (name.tag().isPresent()) {
        Reference tagged = name.withTag(name.tag().get());
        tags.add(tagged.canonical());
        if (!manifest.layers().isEmpty()) {
          repositories
              .computeIfAbsent(tagged.repository(), _ -> new TreeMap<>())
              .put(name.tag().get(), manifest.layers().getLast().digest().hex());
        }
      }
    }
    return tags;
  }

  private static String file(Descriptor d, Predicate<Digest> has) {
    if (MediaTypes.isForeignLayer(d.mediaType()) && !has.test(d.digest())) {
      throw new NotFoundException(
          d.digest().toString(),
          "a foreign layer whose bytes are not in the store, which docker archives cannot hold",
          "use --format oci-archive");
    }
    return ImageFiles.blobName(d.digest());
  }
}

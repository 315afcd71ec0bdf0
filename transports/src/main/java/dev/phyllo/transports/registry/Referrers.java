package dev.phyllo.transports.registry;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Index;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.Manifest;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonCodec;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What refers to a manifest (distribution specification, "Listing Referrers" and "Referrers Tag
 * Schema").
 */
final class Referrers {
  private static final int MAX_PAGES = 100;
  private static final int MAX_REFERRERS = 10_000;

  /**
   * A document that refers to another.
   *
   * @param of the other's digest
   * @param descriptor the document, as a list of referrers has it
   */
  record Subject(Digest of, Descriptor descriptor) {}

  private final Endpoint endpoint;
  private final String name;

  Referrers(Endpoint endpoint, String name) {
    this.endpoint = endpoint;
    this.name = name;
  }

  /** What a document refers to, and how it is listed. */
  static Optional<Subject> subject(Descriptor descriptor, byte[] bytes) {
    String thing = descriptor.digest().toString();
    Optional<Descriptor> subject;
    Optional<String> type;
    Map<String, String> annotations;
    if (MediaTypes.isIndex(descriptor.mediaType())) {
      Index index = Index.parse(bytes, thing);
      subject = index.subject();
      type = index.artifactType();
      annotations = index.annotations();
    } else {
      Manifest manifest = Manifest.parse(bytes, thing);
      subject = manifest.subject();
      type = manifest.artifactType().or(() -> Optional.of(manifest.config().mediaType()));
      annotations = manifest.annotations();
    }
    return subject.map(s ->
        new Subject(
            s.digest(),
            new Descriptor(
                descriptor.mediaType(),
                descriptor.digest(),
                descriptor.size(),
                List.of(),
                annotations,
                Optional.empty(),
                type,
                Optional.empty(),
                Json.Obj.EMPTY)));
  }

  /** The tag that stands for the list where a registry has no API for it. */
  static String tag(Digest digest) {
    String hex = digest.hex();
    return digest.algorithm().token() + "-" + hex.substring(0, Math.min(64, hex.length()));
  }

  /**
   * The list.
   *
   * @param artifactType the only type that is wanted, which the registry is asked to look for; one
   *     that does not (it would say so by OCI-Filters-Applied) sends all, so that the types have to
   *     be looked at here in any case
   */
  List<Descriptor> list(Digest subject, Optional<String> artifactType) {
    List<Descriptor> all = new ArrayList<>();
    String filter =
        artifactType
            .map(type -> "?artifactType=" + URLEncoder.encode(type, StandardCharsets.UTF_8))
            .orElse("");
    Optional<URI> next = Optional.of(endpoint.uri("referrers/" + subject + filter));
    for (int page = 0; next.isPresent(); page++) {
      if (page == MAX_PAGES || all.size() > MAX_REFERRERS) {
        throw new InvalidException(name, "a list of referrers without end", "");
      }
      URI uri = next.get();
      try (Response response = endpoint.host().send(Request.of("GET", uri, endpoint.pull()))) {
        if (response.status() == 404 && page == 0) {
          return only(artifactType, byTag(subject).manifests());
        }
        if (response.status() != 200) {
          throw Manifests.refused(endpoint.host(), response, name + "@" + subject, "no such image");
        }
        byte[] bytes = response.bytes(JsonCodec.MAX_BYTES, name);
        all.addAll(Index.parse(bytes, name + ": referrers of " + subject).manifests());
        next = Tags.next(response, name).filter(n -> !n.equals(uri));
      } catch (IOException e) {
        throw new SystemException(name, e);
      }
    }
    return only(artifactType, all);
  }

  private static List<Descriptor> only(Optional<String> type, List<Descriptor> all) {
    if (type.isEmpty()) {
      return all;
    }
    List<Descriptor> wanted = new ArrayList<>();
    for (Descriptor d : all) {
      if (type.equals(d.artifactType())) {
        wanted.add(d);
      }
    }
    return wanted;
  }

  /** The list under the tag; an empty one if there is none. */
  private Index byTag(Digest subject) {
    RemoteDocument document;
    try {
      document = new Manifests(endpoint, name).get(tag(subject));
    } catch (NotFoundException _) {
      return Index.of(List.of());
    }
    if (!MediaTypes.isIndex(document.descriptor().mediaType())) {
      throw new InvalidException(
          name + ":" + tag(subject), "not an index, as a list of referrers has to be", "");
    }
    return Index.parse(document.bytes(), name + ":" + tag(subject));
  }

  /** Adds a document that was pushed to the list under its subject's tag. */
  void add(Subject subject) {
    Index before = byTag(subject.of());
    for (Descriptor d : before.manifests()) {
      if (d.digest().equals(subject.descriptor().digest())) {
        return;
      }
    }
    List<Descriptor> manifests = new ArrayList<>(before.manifests());
    manifests.add(subject.descriptor());
    put(subject.of(), before.withManifests(manifests));
  }

  /** Removes a document that was deleted from that list, if the registry has no API for it. */
  void remove(Subject subject) {
    Index before = byTag(subject.of());
    List<Descriptor> manifests = new ArrayList<>(before.manifests());
    if (manifests.removeIf(d -> d.digest().equals(subject.descriptor().digest()))) {
      put(subject.of(), before.withManifests(manifests));
    }
  }

  private void put(Digest subject, Index index) {
    new Manifests(endpoint, name).put(tag(subject), MediaTypes.OCI_INDEX, index.toBytes());
  }
}

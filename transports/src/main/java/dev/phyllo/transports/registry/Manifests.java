package dev.phyllo.transports.registry;

import dev.phyllo.oci.CorruptException;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.InvalidException;
import dev.phyllo.oci.MediaTypes;
import dev.phyllo.oci.NotFoundException;
import dev.phyllo.oci.PhylloException;
import dev.phyllo.oci.SystemException;
import dev.phyllo.oci.UnsupportedException;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/** Manifests and indexes at one endpoint: fetched, verified, pushed. */
final class Manifests {
  /** What is understood, and schema 1, to be able to say that it is not. */
  private static final String ACCEPT =
      String.join(
          ", ",
          MediaTypes.OCI_INDEX,
          MediaTypes.OCI_MANIFEST,
          MediaTypes.DOCKER_INDEX,
          MediaTypes.DOCKER_MANIFEST,
          "*/*;q=0.5");

  private static final String SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1";

  private final Endpoint endpoint;
  private final String name;

  /**
   * At an endpoint.
   *
   * @param name the repository, as errors call it
   */
  Manifests(Endpoint endpoint, String name) {
    this.endpoint = endpoint;
    this.name = name;
  }

  /**
   * What a tag or digest stands for, without its bytes; nothing where the registry does not say.
   */
  Optional<Descriptor> head(String tagOrDigest) {
    Request request = request("HEAD", tagOrDigest);
    try (Response response = endpoint.host().send(request)) {
      if (response.status() != 200) {
        // An answer to HEAD has no body that could say why.
        return Optional.empty();
      }
      Optional<String> digest = response.header("docker-content-digest").filter(Digest::isValid);
      String type = type(response);
      boolean known = MediaTypes.isIndex(type) || MediaTypes.isManifest(type);
      if (digest.isEmpty() || response.contentLength() < 0 || !known) {
        return Optional.empty();
      }
      return Optional.of(Descriptor.of(type, Digest.parse(digest.get()), response.contentLength()));
    }
  }

  /**
   * Fetches a document.
   *
   * @throws NotFoundException if the registry has none such
   * @throws CorruptException if its bytes are not what the digest says
   * @throws UnsupportedException if it is of schema 1
   */
  RemoteDocument get(String tagOrDigest) {
    String thing = thing(tagOrDigest);
    Request request = request("GET", tagOrDigest);
    for (int attempt = 1; ; attempt++) {
      try (Response response = endpoint.host().send(request)) {
        if (response.status() != 200) {
          throw refused(response, thing, "no such image in the registry");
        }
        byte[] bytes = response.bytes(JsonCodec.MAX_BYTES, thing);
        if (response.contentLength() >= 0 && bytes.length != response.contentLength()) {
          throw new IOException("the answer ended early");
        }
        return verified(response, bytes, tagOrDigest, thing);
      } catch (IOException e) {
        if (attempt >= endpoint.host().attempts()) {
          throw NetworkFailure.of(request, e);
        }
        endpoint.host().tellRetry(request, NetworkFailure.reason(e));
        endpoint.host().pauseBefore(attempt);
      }
    }
  }

  private RemoteDocument verified(
      Response response, byte[] bytes, String tagOrDigest, String thing) {
    Optional<Digest> wanted =
        Digest.isValid(tagOrDigest) ? Optional.of(Digest.parse(tagOrDigest)) : Optional.empty();
    Optional<Digest> said =
        response.header("docker-content-digest").filter(Digest::isValid).map(Digest::parse);
    // What was asked for counts; what the header says may be of another algorithm.
    Optional<Digest> binding = wanted.or(() -> said);
    if (binding.isPresent()) {
      check(binding.get(), bytes, thing);
    }
    String type = type(response);
    if (type.startsWith(SCHEMA_1)) {
      throw schema1(thing);
    }
    JsonObject o = JsonCodec.parseObject(bytes, thing);
    if (o.number("schemaVersion").orElse(2L) == 1) {
      throw schema1(thing);
    }
    String own = o.string("mediaType").orElse("");
    boolean known = MediaTypes.isIndex(type) || MediaTypes.isManifest(type);
    if (known && !own.isEmpty() && !own.equals(type)) {
      // Two readers must not see two images in one answer (specification, "Pulling manifests").
      throw new InvalidException(
          thing, "the registry calls it " + type + ", itself it says " + own, "");
    }
    if (!known) {
      type = own.isEmpty() ? guess(o) : own;
    }
    Digest digest = binding.orElseGet(() -> Digest.sha256(bytes));
    return new RemoteDocument(Descriptor.of(type, digest, bytes.length), bytes);
  }

  /** A registry that serves any file as it is, or an old document without a type. */
  private static String guess(JsonObject o) {
    return o.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
  }

  private static void check(Digest digest, byte[] bytes, String thing) {
    Digest actual =
        Digest.of(digest.algorithm(), digest.algorithm().newMessageDigest().digest(bytes));
    if (!actual.equals(digest)) {
      throw new CorruptException(
          thing,
          "the registry's bytes have the digest " + actual + ", not " + digest,
          "do not trust this registry, or what lies between");
    }
  }

  private static UnsupportedException schema1(String thing) {
    return new UnsupportedException(
        thing,
        "a Docker schema 1 manifest, whose layers cannot be verified by digest",
        "push the image again with a newer docker");
  }

  /**
   * Pushes a document.
   *
   * @return whether the registry has taken notice of its subject (header OCI-Subject)
   */
  boolean put(String tagOrDigest, String mediaType, byte[] bytes) {
    String thing = thing(tagOrDigest);
    Request request =
        Request.of("PUT", endpoint.uri("manifests/" + tagOrDigest), endpoint.push())
            .with("Content-Type", mediaType)
            .with(Request.Body.of(bytes));
    try (Response response = endpoint.host().send(request)) {
      if (response.status() / 100 != 2) {
        throw refused(response, thing, "no such repository");
      }
      Optional<Digest> stored =
          response.header("docker-content-digest").filter(Digest::isValid).map(Digest::parse);
      if (stored.isPresent()) {
        check(stored.get(), bytes, thing);
      }
      return response.header("oci-subject").isPresent();
    }
  }

  /** The status of a deletion: 202, or why not. */
  int delete(String tagOrDigest) {
    String thing = thing(tagOrDigest);
    Request request =
        Request.of("DELETE", endpoint.uri("manifests/" + tagOrDigest), endpoint.delete());
    try (Response response = endpoint.host().send(request)) {
      int status = response.status();
      if (status / 100 == 2 || status == 400 || status == 405) {
        return status;
      }
      throw refused(response, thing, "no such image in the registry");
    }
  }

  private Request request(String method, String tagOrDigest) {
    return Request.of(method, endpoint.uri("manifests/" + tagOrDigest), endpoint.pull())
        .with("Accept", ACCEPT);
  }

  private String thing(String tagOrDigest) {
    return name + (Digest.isValid(tagOrDigest) ? "@" : ":") + tagOrDigest;
  }

  private static String type(Response response) {
    String type = response.header("content-type").orElse("");
    int semicolon = type.indexOf(';');
    return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
  }

  private PhylloException refused(Response response, String thing, String missing) {
    return refused(endpoint.host(), response, thing, missing);
  }

  /** The error that an answer is. */
  static PhylloException refused(Host host, Response response, String thing, String missing) {
    String complaint = response.complaint();
    return switch (response.status()) {
      case 401, 403 ->
          new InvalidException(
              thing,
              "the registry refuses: " + complaint,
              host.hasCredentials()
                  ? "the credentials for " + host.name() + " do not allow it"
                  : "phyllo login " + host.name());
      case 404 ->
          new NotFoundException(
              thing, missing + ": " + complaint, "phyllo tags REPOSITORY lists what there is");
      default -> new SystemException(thing, "the registry answers " + complaint, "", null);
    };
  }
}

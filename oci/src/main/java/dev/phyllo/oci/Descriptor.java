package dev.phyllo.oci;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A reference to content by type, digest and size (descriptor.md).
 *
 * @param mediaType the type of the content; may be empty where a document left it out
 * @param digest the digest of the content's bytes
 * @param size the number of the content's bytes, never negative
 * @param urls where else the content may be had
 * @param annotations arbitrary metadata, in the document's order
 * @param platform for a manifest in an index: what it runs on
 * @param artifactType for a manifest in an index: the type of the artifact
 * @param data the content itself in base64, if embedded
 * @param extra fields this version does not know
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    List<String> urls,
    Map<String, String> annotations,
    Optional<Platform> platform,
    Optional<String> artifactType,
    Optional<String> data,
    Json.Obj extra) {

  /** The annotation by which a layout's index names its images. */
  public static final String REF_NAME = "org.opencontainers.image.ref.name";

  private static final Set<String> KNOWN =
      Set.of(
          "mediaType", "digest", "size", "urls", "annotations", "platform", "artifactType", "data");

  /** Keeps copies and refuses a negative size. */
  public Descriptor {
    urls = List.copyOf(urls);
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
    if (size < 0) {
      throw new InvalidException(digest.toString(), "negative size " + size, "");
    }
  }

  /** A descriptor with nothing but type, digest and size. */
  public static Descriptor of(String mediaType, Digest digest, long size) {
    return new Descriptor(
        mediaType,
        digest,
        size,
        List.of(),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Json.Obj.EMPTY);
  }

  /** The descriptor of these bytes, by SHA-256. */
  public static Descriptor of(String mediaType, byte[] content) {
    return of(mediaType, Digest.sha256(content), content.length);
  }

  /** The same with other annotations. */
  public Descriptor withAnnotations(Map<String, String> newAnnotations) {
    return new Descriptor(
        mediaType, digest, size, urls, newAnnotations, platform, artifactType, data, extra);
  }

  /** The same with a platform. */
  public Descriptor withPlatform(Platform newPlatform) {
    return new Descriptor(
        mediaType,
        digest,
        size,
        urls,
        annotations,
        Optional.of(newPlatform),
        artifactType,
        data,
        extra);
  }

  /**
   * A layer under the name that Docker's manifests, or OCI's, have for its kind of archive; bare,
   * if that changes. Any other type of blob stays as it is.
   *
   * @param docker whether the manifest is Docker's
   */
  public Descriptor asLayer(boolean docker) {
    String type =
        switch (mediaType) {
          case MediaTypes.DOCKER_LAYER, MediaTypes.OCI_LAYER ->
              docker ? MediaTypes.DOCKER_LAYER : MediaTypes.OCI_LAYER;
          case MediaTypes.DOCKER_LAYER_GZIP, MediaTypes.OCI_LAYER_GZIP ->
              docker ? MediaTypes.DOCKER_LAYER_GZIP : MediaTypes.OCI_LAYER_GZIP;
          case MediaTypes.DOCKER_LAYER_ZSTD, MediaTypes.OCI_LAYER_ZSTD ->
              docker ? MediaTypes.DOCKER_LAYER_ZSTD : MediaTypes.OCI_LAYER_ZSTD;
          default -> mediaType;
        };
    return type.equals(mediaType) ? this : of(type, digest, size);
  }

  /** The annotation {@value #REF_NAME}, if there. */
  public Optional<String> refName() {
    return Optional.ofNullable(annotations.get(REF_NAME));
  }

  /**
   * Reads the object.
   *
   * @throws InvalidException if the digest or size is missing or malformed
   */
  public static Descriptor fromJson(JsonObject o) {
    Digest digest;
    try {
      digest = Digest.parse(o.requireString("digest"));
    } catch (InvalidException e) {
      throw new InvalidException(o.thing(), e.thing() + ": " + e.why(), e.remedy(), e);
    }
    long size = o.requireNumber("size");
    if (size < 0) {
      throw new InvalidException(o.thing(), "negative size " + size + " for " + digest, "");
    }
    return new Descriptor(
        o.string("mediaType").orElse(""),
        digest,
        size,
        o.strings("urls"),
        o.stringMap("annotations"),
        o.object("platform").map(Platform::fromJson),
        o.string("artifactType"),
        o.string("data"),
        o.unknown(KNOWN));
  }

  /** The object as the specification writes it. */
  public Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder();
    if (!mediaType.isEmpty()) {
      b.put("mediaType", mediaType);
    }
    b.put("digest", digest.toString())
        .put("size", size)
        .putStrings("urls", urls)
        .putStringMap("annotations", annotations);
    platform.ifPresent(p -> b.put("platform", p.toJson()));
    return b.putIfPresent("artifactType", artifactType)
        .putIfPresent("data", data)
        .putAll(extra)
        .build();
  }
}

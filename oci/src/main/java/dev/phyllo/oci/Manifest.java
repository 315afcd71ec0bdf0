package dev.phyllo.oci;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An image manifest: the config and the layers of one image for one platform (manifest.md, and
 * Docker's schema 2, which has the same shape).
 *
 * @param mediaType the manifest's own type; empty where the document left it out, as OCI allows
 * @param config the image config
 * @param layers the layers, base first
 * @param annotations arbitrary metadata
 * @param subject the manifest this one refers to, for referrers
 * @param artifactType the type of the artifact, if it is one
 * @param extra fields this version does not know
 */
public record Manifest(
    String mediaType,
    Descriptor config,
    List<Descriptor> layers,
    Map<String, String> annotations,
    Optional<Descriptor> subject,
    Optional<String> artifactType,
    Json.Obj extra) {

  /** More layers than any union file system stacks: a bound for hostile documents. */
  public static final int MAX_LAYERS = 10_000;

  private static final Set<String> KNOWN =
      Set.of(
          "schemaVersion",
          "mediaType",
          "config",
          "layers",
          "annotations",
          "subject",
          "artifactType");

  /** Keeps copies. */
  public Manifest {
    layers = List.copyOf(layers);
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /** An OCI manifest with nothing but config and layers. */
  public static Manifest of(Descriptor config, List<Descriptor> layers) {
    return new Manifest(
        MediaTypes.OCI_MANIFEST,
        config,
        layers,
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Json.Obj.EMPTY);
  }

  /**
   * Reads a manifest.
   *
   * @param thing what the bytes are, for error messages; usually the digest
   * @throws InvalidException if they are not a schema 2 manifest
   */
  public static Manifest parse(byte[] bytes, String thing) {
    JsonObject o = JsonCodec.parseObject(bytes, thing);
    long version = o.number("schemaVersion").orElse(0L);
    if (version == 1) {
      throw new UnsupportedException(
          thing, "Docker schema 1 manifest", "push the image again with a tool of this decade");
    }
    if (version != 2) {
      throw new InvalidException(thing, "not an image manifest: schemaVersion is not 2", "");
    }
    String mediaType = o.string("mediaType").orElse("");
    if (MediaTypes.isIndex(mediaType) || o.has("manifests")) {
      // One document that reads as both would be two images under one digest (CVE-2021-41190).
      throw new InvalidException(thing, "an index where an image manifest is expected", "");
    }
    o.require("layers");
    List<Descriptor> layers = new ArrayList<>();
    List<JsonObject> items = o.objects("layers");
    if (items.size() > MAX_LAYERS) {
      throw new InvalidException(
          thing, items.size() + " layers are over the limit of " + MAX_LAYERS, "");
    }
    for (JsonObject layer : items) {
      layers.add(Descriptor.fromJson(layer.named(thing + " layers[" + layers.size() + "]")));
    }
    return new Manifest(
        mediaType,
        Descriptor.fromJson(o.requireObject("config").named(thing + " config")),
        layers,
        o.stringMap("annotations"),
        o.object("subject").map(s -> Descriptor.fromJson(s.named(thing + " subject"))),
        o.string("artifactType"),
        o.unknown(KNOWN));
  }

  /** The document as the specification writes it. */
  public Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder().put("schemaVersion", 2);
    if (!mediaType.isEmpty()) {
      b.put("mediaType", mediaType);
    }
    b.putIfPresent("artifactType", artifactType).put("config", config.toJson());
    b.put("layers", new Json.Array(layers.stream().<Json>map(Descriptor::toJson).toList()));
    subject.ifPresent(s -> b.put("subject", s.toJson()));
    return b.putStringMap("annotations", annotations).putAll(extra).build();
  }

  /** The document's bytes; the digest of an image is the digest of these. */
  public byte[] toBytes() {
    return JsonCodec.toBytes(toJson());
  }
}

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
 * An image index: manifests by platform or by name (image-index.md, and Docker's manifest list).
 * The {@code index.json} of a layout is one too.
 *
 * @param mediaType the index's own type; empty where the document left it out
 * @param manifests what it points to, in order
 * @param annotations arbitrary metadata
 * @param subject the manifest this one refers to, for referrers
 * @param artifactType the type of the artifact, if it is one
 * @param extra fields this version does not know
 */
public record Index(
    String mediaType,
    List<Descriptor> manifests,
    Map<String, String> annotations,
    Optional<Descriptor> subject,
    Optional<String> artifactType,
    Json.Obj extra) {
  private static final Set<String> KNOWN =
      Set.of("schemaVersion", "mediaType", "manifests", "annotations", "subject", "artifactType");

  /** Keeps copies. */
  public Index {
    manifests = List.copyOf(manifests);
    annotations = Collections.unmodifiableMap(new LinkedHashMap<>(annotations));
  }

  /** An OCI index of these manifests. */
  public static Index of(List<Descriptor> manifests) {
    return new Index(
        MediaTypes.OCI_INDEX,
        manifests,
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Json.Obj.EMPTY);
  }

  /** The same with other manifests. */
  public Index withManifests(List<Descriptor> newManifests) {
    return new Index(mediaType, newManifests, annotations, subject, artifactType, extra);
  }

  /**
   * Reads an index.
   *
   * @param thing what the bytes are, for error messages
   * @throws InvalidException if they are not an index
   */
  public static Index parse(byte[] bytes, String thing) {
    return fromJson(JsonCodec.parseObject(bytes, thing));
  }

  /**
   * Reads the object.
   *
   * @throws InvalidException if it is not an index
   */
  public static Index fromJson(JsonObject o) {
    String thing = o.thing();
    if (o.number("schemaVersion").orElse(0L) != 2) {
      throw new InvalidException(thing, "not an image index: schemaVersion is not 2", "");
    }
    String mediaType = o.string("mediaType").orElse("");
    if (MediaTypes.isManifest(mediaType) || o.has("layers") || o.has("config")) {
      throw new InvalidException(thing, "an image manifest where an index is expected", "");
    }
    o.require("manifests");
    List<Descriptor> manifests = new ArrayList<>();
    for (JsonObject m : o.objects("manifests")) {
      manifests.add(Descriptor.fromJson(m.named(thing + " manifests[" + manifests.size() + "]")));
    }
    return new Index(
        mediaType,
        manifests,
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
    b.putIfPresent("artifactType", artifactType)
        .put(
            "manifests", new Json.Array(manifests.stream().<Json>map(Descriptor::toJson).toList()));
    subject.ifPresent(s -> b.put("subject", s.toJson()));
    return b.putStringMap("annotations", annotations).putAll(extra).build();
  }

  /** The document's bytes. */
  public byte[] toBytes() {
    return JsonCodec.toBytes(toJson());
  }
}

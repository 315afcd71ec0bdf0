package dev.phyllo.oci;

import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonCodec;
import dev.phyllo.oci.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * An image config (config.md): how to run the image, the diffIDs of its layers, and its history.
 *
 * @param platform what the image runs on
 * @param created when it was made, as RFC 3339 text, if said
 * @param author who made it, if said
 * @param process how to run it
 * @param diffIds the digests of the uncompressed layers, base first
 * @param history what made each layer, base first; may be empty
 * @param extra fields this version does not know
 */
public record ImageConfig(
    Platform platform,
    Optional<String> created,
    Optional<String> author,
    ProcessConfig process,
    List<Digest> diffIds,
    List<History> history,
    Json.Obj extra) {
  private static final Set<String> KNOWN =
      Set.of(
          "os",
          "architecture",
          "variant",
          "os.version",
          "os.features",
          "created",
          "author",
          "config",
          "rootfs",
          "history");

  /** Keeps copies. */
  public ImageConfig {
    diffIds = List.copyOf(diffIds);
    history = List.copyOf(history);
  }

  /** A config for the platform with these layers and nothing else. */
  public static ImageConfig of(Platform platform, ProcessConfig process, List<Digest> diffIds) {
    return new ImageConfig(
        platform, Optional.empty(), Optional.empty(), process, diffIds, List.of(), Json.Obj.EMPTY);
  }

  /**
   * The history with a line for each layer: readers lay the two beside each other from the base up,
   * so a line that is added for one more layer would be taken for that of a layer without.
   */
  public List<History> wholeHistory() {
    List<History> whole = new ArrayList<>(history);
    int missing = diffIds.size();
    for (History h : history) {
      missing -= h.emptyLayer() ? 0 : 1;
    }
    for (; missing > 0; missing--) {
      whole.add(
          new History(
              created,
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              false,
              Json.Obj.EMPTY));
    }
    return whole;
  }

  /**
   * The further fields as an image made on this one has them: Docker's notes on the container that
   * this was made in do not hold for it.
   */
  public Json.Obj inheritedExtra() {
    Map<String, Json> members = new LinkedHashMap<>(extra.members());
    members.remove("container");
    members.remove("container_config");
    members.remove("docker_version");
    return new Json.Obj(members);
  }

  /**
   * One line of an image's history.
   *
   * @param created when, as RFC 3339 text
   * @param createdBy the instruction
   * @param author who
   * @param comment anything
   * @param emptyLayer whether the instruction made no layer
   * @param extra fields this version does not know
   */
  public record History(
      Optional<String> created,
      Optional<String> createdBy,
      Optional<String> author,
      Optional<String> comment,
      boolean emptyLayer,
      Json.Obj extra) {
    private static final Set<String> KNOWN =
        Set.of("created", "created_by", "author", "comment", "empty_layer");

    /** Reads the object. */
    public static History fromJson(JsonObject o) {
      return new History(
          o.string("created"),
          o.string("created_by"),
          o.string("author"),
          o.string("comment"),
          o.bool("empty_layer").orElse(false),
          o.unknown(KNOWN));
    }

    /** The object as the specification writes it. */
    public Json.Obj toJson() {
      JsonBuilder b =
          new JsonBuilder()
              .putIfPresent("created", created)
              .putIfPresent("created_by", createdBy)
              .putIfPresent("author", author)
              .putIfPresent("comment", comment);
      if (emptyLayer) {
        b.put("empty_layer", true);
      }
      return b.putAll(extra).build();
    }
  }

  /**
   * Reads a config.
   *
   * @param thing what the bytes are, for error messages; usually the digest
   * @throws InvalidException if they are not an image config
   */
  public static ImageConfig parse(byte[] bytes, String thing) {
    JsonObject o = JsonCodec.parseObject(bytes, thing);
    JsonObject rootfs = o.requireObject("rootfs");
    String type = rootfs.string("type").orElse("layers");
    if (!type.equals("layers")) {
      throw new UnsupportedException(
          thing, "rootfs type \"" + type + "\"", "have the image made again: the type is layers");
    }
    List<Digest> diffIds = new ArrayList<>();
    for (String id : rootfs.strings("diff_ids")) {
      try {
        diffIds.add(Digest.parse(id));
      } catch (InvalidException e) {
        throw new InvalidException(
            thing + " diff_ids[" + diffIds.size() + "]", e.thing() + ": " + e.why(), e.remedy(), e);
      }
    }
    // A loop: this is read at each start of a container, and a stream's classes take longer than
    // it.
    List<History> history = new ArrayList<>();
    for (JsonObject entry : o.objects("history")) {
      history.add(History.fromJson(entry));
    }
    Platform platform = Platform.fromJson(o);
    return new ImageConfig(
        new Platform(
            platform.os(),
            platform.architecture(),
            platform.variant(),
            platform.osVersion(),
            platform.osFeatures(),
            Json.Obj.EMPTY),
        o.string("created"),
        o.string("author").filter(s -> !s.isEmpty()),
        o.object("config").map(ProcessConfig::fromJson).orElse(ProcessConfig.EMPTY),
        diffIds,
        history,
        o.unknown(KNOWN));
  }

  /** The document as the specification writes it. */
  public Json.Obj toJson() {
    return new JsonBuilder()
        .putIfPresent("created", created)
        .putIfPresent("author", author)
        .putAll(platform.toJson())
        .put("config", process.toJson())
        .put(
            "rootfs",
            new JsonBuilder()
                .put("type", "layers")
                .put("diff_ids", JsonBuilder.array(diffIds.stream().map(Digest::toString).toList()))
                .build())
        .putAll(historyJson())
        .putAll(extra)
        .build();
  }

  /** The document's bytes. */
  public byte[] toBytes() {
    return JsonCodec.toBytes(toJson());
  }

  private Json.Obj historyJson() {
    return history.isEmpty()
        ? Json.Obj.EMPTY
        : new JsonBuilder()
            .put("history", new Json.Array(history.stream().<Json>map(History::toJson).toList()))
            .build();
  }
}

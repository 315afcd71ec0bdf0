package dev.phyllo.build.cache;

import dev.phyllo.build.tree.Layer;
import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Optional;

/**
 * What a step made.
 *
 * @param layer the layer; none if it changed no file
 * @param parent the chainID of what it stands on, empty for nothing
 * @param created when, as RFC 3339 text
 * @param text what it did, as the history has it
 */
public record StepRecord(
    Optional<Layer> layer, Optional<Digest> parent, String created, String text) {

  /** The layer's blob. */
  public Optional<Descriptor> blob() {
    return layer.map(Layer::blob);
  }

  /** As a record of the cache. */
  public Json.Obj toJson() {
    JsonBuilder b = new JsonBuilder().put("created", created).put("text", text);
    parent.ifPresent(p -> b.put("parent", p.toString()));
    layer.ifPresent(l -> b.put("blob", l.blob().toJson()).put("diffId", l.diffId().toString()));
    return b.build();
  }

  /** From a record of the cache. */
  public static StepRecord fromJson(JsonObject o) {
    Optional<Layer> layer =
        o.object("blob")
            .map(blob ->
                new Layer(Descriptor.fromJson(blob), Digest.parse(o.requireString("diffId"))));
    return new StepRecord(
        layer,
        o.string("parent").map(Digest::parse),
        o.requireString("created"),
        o.requireString("text"));
  }
}

package dev.phyllo.containers;

import dev.phyllo.oci.Digest;
import dev.phyllo.oci.json.Json;
import dev.phyllo.oci.json.JsonBuilder;
import dev.phyllo.oci.json.JsonObject;
import java.util.Optional;

/**
 * The image a container was made from.
 *
 * @param name the image's name as the user knows it
 * @param manifest the digest of the image's manifest
 * @param config the digest of the image's config, which docker calls the image's id
 * @param chainId the snapshot the writable layer stands on; empty for an image without layers
 */
public record ContainerImage(
    String name, Digest manifest, Digest config, Optional<Digest> chainId) {
  /** That of a container without an image: it has no name, and digests of nothing. */
  public static ContainerImage none() {
    Digest nothing = Digest.sha256(new byte[0]);
    return new ContainerImage("", nothing, nothing, Optional.empty());
  }

  /** Whether the container was made from none. */
  public boolean isNone() {
    return name.isEmpty();
  }

  static ContainerImage fromJson(JsonObject o) {
    return new ContainerImage(
        o.requireString("name"),
        Digest.parse(o.requireString("manifest")),
        Digest.parse(o.requireString("config")),
        o.string("chainId").map(Digest::parse));
  }

  Json.Obj toJson() {
    JsonBuilder b =
        new JsonBuilder()
            .put("name", name)
            .put("manifest", manifest.toString())
            .put("config", config.toString());
    if (chainId.isPresent()) {
      b.put("chainId", chainId.get().toString());
    }
    return b.build();
  }
}

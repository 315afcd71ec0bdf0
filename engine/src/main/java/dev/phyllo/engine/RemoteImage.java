package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.json.Json;
import java.util.List;
import java.util.Optional;

/**
 * What is said of an image somewhere else, without bringing it.
 *
 * @param name its name, or the place
 * @param target what the tag stands for: an index, or a manifest
 * @param targetBytes that document as text
 * @param manifest the manifest for the platform
 * @param layers its layers, base first
 * @param config the config as JSON, if it is an image
 * @param tags every tag of the repository, if it is one and lists them
 */
public record RemoteImage(
    String name,
    Descriptor target,
    String targetBytes,
    Descriptor manifest,
    List<Descriptor> layers,
    Optional<Json.Obj> config,
    List<String> tags) {
  /** Keeps copies. */
  public RemoteImage {
    layers = List.copyOf(layers);
    tags = List.copyOf(tags);
  }
}

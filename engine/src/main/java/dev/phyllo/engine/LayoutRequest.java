package dev.phyllo.engine;

import dev.phyllo.oci.Platform;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An image to be put together from layer files, in an OCI image layout.
 *
 * @param directory the layout; made if it is not there
 * @param layers the layers' files, base first
 * @param config a configuration to start from, as the bytes of its JSON; its diffIDs are filled in
 *     if it has none and must be the layers' if it has
 * @param edit what to change in it
 * @param platform what the image runs on; by default what the config says, or this machine
 * @param annotations for the manifest
 * @param refName the image's name in the layout
 */
public record LayoutRequest(
    Path directory,
    List<Path> layers,
    Optional<byte[]> config,
    ConfigEdit edit,
    Optional<Platform> platform,
    Map<String, String> annotations,
    String refName) {
  /** Keeps copies. */
  public LayoutRequest {
    layers = List.copyOf(layers);
    annotations = Map.copyOf(annotations);
  }
}

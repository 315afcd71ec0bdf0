package dev.phyllo.engine;

import dev.phyllo.transports.CopyOptions;
import dev.phyllo.transports.registry.RegistryOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Images to keep in step with another place. One of {@code registry} and {@code directory} is
 * given.
 *
 * @param images the references, as a user writes them; one without tag stands for all tags
 * @param registry a registry's host, with a prefix for repositories if wanted
 * @param directory a directory, in which each image is an OCI layout
 * @param options how to copy
 * @param from how to talk to the registries they come from
 * @param to how to talk to the registry they go to
 */
public record SyncRequest(
    List<String> images,
    Optional<String> registry,
    Optional<Path> directory,
    CopyOptions options,
    RegistryOptions from,
    RegistryOptions to) {
  /** Keeps a copy. */
  public SyncRequest {
    images = List.copyOf(images);
  }
}

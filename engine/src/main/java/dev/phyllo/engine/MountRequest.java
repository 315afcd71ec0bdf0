package dev.phyllo.engine;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What to mount, and how.
 *
 * @param name an image, a container or a snapshot, looked for in this order
 * @param target an existing directory; if empty, one is made below the namespace
 * @param writable whether an image or committed snapshot can be written; what is written goes when
 *     it is unmounted. Containers and active snapshots always can
 */
public record MountRequest(String name, Optional<Path> target, boolean writable) {}

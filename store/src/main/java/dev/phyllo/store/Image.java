package dev.phyllo.store;

import dev.phyllo.oci.Descriptor;

/**
 * An image's name and what it stands for.
 *
 * @param name the canonical reference, such as {@code docker.io/library/busybox:latest}
 * @param target the manifest or index, without the annotations that hold the name
 */
public record Image(String name, Descriptor target) {}

package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.Platform;
import java.util.Optional;

/**
 * An image in a list.
 *
 * @param name the full name, {@code docker.io/library/busybox:latest}; empty if it has none
 * @param target what the name points to: a manifest, or an index of manifests
 * @param manifest the digest of the manifest for the platform
 * @param id the digest of the config, which docker calls the image's id
 * @param platform what it runs on
 * @param created when it was made, as RFC 3339 text, if its config says so
 * @param size the bytes of its config and layers as they are stored
 */
public record ImageSummary(
    String name,
    Descriptor target,
    Digest manifest,
    Digest id,
    Platform platform,
    Optional<String> created,
    long size) {}

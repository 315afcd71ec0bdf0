package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import java.util.Optional;

/**
 * An image that was made here.
 *
 * @param name its full name, if it has one
 * @param target its manifest
 * @param id the digest of its config, which docker calls the image's id
 */
public record Made(Optional<String> name, Descriptor target, Digest id) {}

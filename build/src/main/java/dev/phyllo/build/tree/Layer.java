package dev.phyllo.build.tree;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;

/**
 * A layer as an image has it.
 *
 * @param blob its blob in the store
 * @param diffId the digest of its archive
 */
public record Layer(Descriptor blob, Digest diffId) {}

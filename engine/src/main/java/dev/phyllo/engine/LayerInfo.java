package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import dev.phyllo.oci.ImageConfig.History;
import java.nio.file.Path;
import java.util.Optional;

/**
 * One row of {@code layers}: an instruction and what it made.
 *
 * @param history the instruction, if the image has a history
 * @param blob the layer as it is stored; empty for an instruction that changed no file
 * @param diffId the digest of the uncompressed layer
 * @param chainId the digest of the stack up to here
 * @param directory where the layer's own files lie on disk, if it is unpacked
 */
public record LayerInfo(
    Optional<History> history,
    Optional<Descriptor> blob,
    Optional<Digest> diffId,
    Optional<Digest> chainId,
    Optional<Path> directory) {}

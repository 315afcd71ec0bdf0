package dev.phyllo.engine;

import dev.phyllo.oci.Descriptor;
import dev.phyllo.oci.Digest;
import java.nio.file.Path;

/**
 * A layer in a file.
 *
 * @param file the file
 * @param blob its media type, digest and size
 * @param diffId the digest of the archive in it, before compression
 * @param archiveSize the bytes of that archive
 * @param entries how many entries it has
 */
public record LayerFile(
    Path file, Descriptor blob, Digest diffId, long archiveSize, long entries) {}

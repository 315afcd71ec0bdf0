package dev.phyllo.store;

import dev.phyllo.oci.Digest;

/**
 * A blob that is in the store.
 *
 * @param digest its name
 * @param size its length in bytes
 * @param modifiedMillis when it came into the store, in milliseconds since 1970
 */
public record BlobInfo(Digest digest, long size, long modifiedMillis) {}

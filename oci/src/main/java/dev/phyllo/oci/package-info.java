/**
 * The OCI image specification as records: digests, descriptors, manifests, indexes, configs,
 * platforms, media types and image names. All of it is value types that check themselves; nothing
 * here touches a file.
 */
package dev.phyllo.oci;

package dev.phyllo.transports.registry;

import dev.phyllo.oci.Descriptor;

/**
 * A manifest or index as a registry has it, verified: its bytes have the digest of its descriptor.
 */
public final class RemoteDocument {
  private final Descriptor descriptor;
  private final byte[] bytes;

  RemoteDocument(Descriptor descriptor, byte[] bytes) {
    this.descriptor = descriptor;
    this.bytes = bytes;
  }

  /** What names it; the media type is never empty. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /** The bytes; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }
}

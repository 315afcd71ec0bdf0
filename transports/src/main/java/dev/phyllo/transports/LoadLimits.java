package dev.phyllo.transports;

/**
 * How much an image source, which is untrusted, may ask of this machine.
 *
 * <p>A single document (manifest, index, config) is in any case limited to {@link
 * dev.phyllo.oci.json.JsonCodec#MAX_BYTES}.
 *
 * @param maxEntries how many entries an archive may have
 * @param maxArchiveBytes how long an archive may be once decompressed, in bytes: what stops an
 *     endless stream and a compressed one that expands without end
 * @param maxLayerBytes how long one layer may be once decompressed, in bytes
 * @param maxMemoryBytes how many bytes of an archive that cannot be read twice are kept in memory
 * @param maxImages how many images and indexes a source may hold, nested ones counted
 */
public record LoadLimits(
    int maxEntries, long maxArchiveBytes, long maxLayerBytes, long maxMemoryBytes, int maxImages) {

  /** 200,000 entries, 512 GiB, 256 GiB a layer, 64 MiB of memory, 4,096 images. */
  public static final LoadLimits DEFAULT =
      new LoadLimits(200_000, 512L << 30, 256L << 30, 64L << 20, 4096);
}

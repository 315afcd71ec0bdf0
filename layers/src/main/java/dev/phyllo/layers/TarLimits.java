package dev.phyllo.layers;

/**
 * What a {@link TarReader} puts up with. An archive is untrusted input: these bounds keep a small
 * hostile one from taking unbounded memory or time. Passing one is an {@link
 * dev.phyllo.oci.InvalidException} that names the limit.
 *
 * @param maxEntries the most entries, including skipped ones of unknown type
 * @param maxTotalBytes the most bytes of the (uncompressed) archive; stops decompression bombs
 * @param maxPathBytes the longest name or link target, in bytes
 * @param maxPaxBytes the largest extended header (PAX or GNU long name), in bytes: it is held in
 *     memory
 * @param maxExtents the most extents of one sparse file
 */
public record TarLimits(
    long maxEntries, long maxTotalBytes, int maxPathBytes, int maxPaxBytes, int maxExtents) {
  /** What somebody can do whose layers are larger than that. */
  static final String ALLOW_MORE =
      "if you trust it, allow more: PHYLLO_MAX_LAYER_ENTRIES, PHYLLO_MAX_LAYER_BYTES";

  /** Ten million entries, 1 TiB, 64 KiB of name, 8 MiB of extended header, a million extents. */
  public static final TarLimits DEFAULT =
      new TarLimits(10_000_000, 1L << 40, 1 << 16, 8 << 20, 1 << 20);

  /** The same limits with another bound on the number of entries. */
  public TarLimits withMaxEntries(long entries) {
    return new TarLimits(entries, maxTotalBytes, maxPathBytes, maxPaxBytes, maxExtents);
  }

  /** The same limits with another bound on the bytes of the archive. */
  public TarLimits withMaxTotalBytes(long bytes) {
    return new TarLimits(maxEntries, bytes, maxPathBytes, maxPaxBytes, maxExtents);
  }

  /** The same limits with another bound on the length of names. */
  public TarLimits withMaxPathBytes(int bytes) {
    return new TarLimits(maxEntries, maxTotalBytes, bytes, maxPaxBytes, maxExtents);
  }

  /** The same limits with another bound on extended headers. */
  public TarLimits withMaxPaxBytes(int bytes) {
    return new TarLimits(maxEntries, maxTotalBytes, maxPathBytes, bytes, maxExtents);
  }

  /** The same limits with another bound on the extents of a sparse file. */
  public TarLimits withMaxExtents(int extents) {
    return new TarLimits(maxEntries, maxTotalBytes, maxPathBytes, maxPaxBytes, extents);
  }
}

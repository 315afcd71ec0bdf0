package dev.phyllo.layers;

/**
 * A run of data in a sparse file; what lies between extents is a hole and reads as zeros.
 *
 * @param offset where the data lies in the file, in bytes
 * @param length how many bytes of it the archive stores; 0 only marks the file's end
 */
public record Extent(long offset, long length) {
  /** The first offset behind the data. */
  public long end() {
    return offset + length;
  }
}

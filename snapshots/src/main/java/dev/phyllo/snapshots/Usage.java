package dev.phyllo.snapshots;

/**
 * What a snapshot itself takes on the disk, without its parents.
 *
 * @param bytes allocated bytes, as du(1) counts them: a hole costs nothing
 * @param inodes files of every type, a file with several names counted once
 */
public record Usage(long bytes, long inodes) {
  /** Nothing. */
  public static final Usage NONE = new Usage(0, 0);

  /** The sum of both. */
  public Usage plus(Usage other) {
    return new Usage(bytes + other.bytes, inodes + other.inodes);
  }
}

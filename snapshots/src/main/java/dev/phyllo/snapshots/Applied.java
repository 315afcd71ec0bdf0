package dev.phyllo.snapshots;

/**
 * What an archive put on disk.
 *
 * @param entries the entries applied, whiteouts included
 * @param bytes the bytes of content written
 */
public record Applied(long entries, long bytes) {}

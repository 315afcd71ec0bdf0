package dev.phyllo.engine;

/**
 * A row of {@code df}.
 *
 * @param type what is counted: {@code Images}, {@code Containers}, {@code Snapshots}, {@code Blobs}
 * @param total how many there are
 * @param active how many are in use. Images: by a container. Containers: running. Snapshots: by a
 *     container, directly or below. Blobs: by an image
 * @param size what they take on disk, in bytes. Images: their content, shared content once
 * @param reclaimable how much of that would be free without those that are not active
 */
public record DiskUsage(String type, int total, int active, long size, long reclaimable) {}

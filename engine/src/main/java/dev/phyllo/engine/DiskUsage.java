package dev.phyllo.engine;

/**
 * A row of {@code df}.
 *
 * @param type what is counted: {@code Images}, {@code Containers}, {@code Local Volumes} and {@code
 *     Build Cache}, as docker has them, and of our own {@code Snapshots} and {@code Blobs}
 * @param total how many there are
 * @param active how many are in use. Images: by a container. Containers: running. Volumes: by a
 *     container. Build cache: by an image that has the step's layer. Snapshots: by a container,
 *     directly or below. Blobs: by an image
 * @param size what they take on disk, in bytes. Images: their content, shared content once. Build
 *     cache: its steps' layers, and what RUN keeps in cache mounts
 * @param reclaimable how much of that would be free without those that are not active
 */
public record DiskUsage(String type, int total, int active, long size, long reclaimable) {}

package dev.phyllo.linux.cgroup;

/**
 * What a cgroup has used. A value that this machine does not count is -1.
 *
 * @param memoryBytes in use, pages of files that could be dropped left out, as docker counts
 * @param memoryLimitBytes {@link Long#MAX_VALUE} for none
 * @param cpuNanos processor time, user's and kernel's
 * @param pids processes and threads now
 * @param pidsLimit {@link Long#MAX_VALUE} for none
 * @param readBytes read from block devices
 * @param writtenBytes written to block devices
 */
public record CgroupStats(
    long memoryBytes,
    long memoryLimitBytes,
    long cpuNanos,
    long pids,
    long pidsLimit,
    long readBytes,
    long writtenBytes) {}
